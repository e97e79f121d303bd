"""Reports on cooperatives every Monday, as an Airflow DAG.

Put this file into the DAGs folder and set the two paths. The task only calls the command: what has
to be made, the limits and the retries of single reports are its own business.
"""

from __future__ import annotations

from datetime import datetime, timedelta

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.bash import BashOperator

KUMKM = "/srv/kumkm-analysis/.venv/bin/kumkm"
REPORTS = "/srv/reports"
COMMAND = f"{KUMKM} run --region province --output {REPORTS} --wait 3600 --log-format json"

with DAG(
    dag_id="kumkm_reports",
    description="Reports on Indonesian cooperatives, made anew where something changed",
    schedule="30 5 * * 1",
    start_date=datetime(2026, 1, 5),
    catchup=False,
    max_active_runs=1,
) as dag:
    BashOperator(
        task_id="run",
        bash_command=COMMAND,
        retries=0,  # it waits for another run itself; a report that failed is told at once
        execution_timeout=timedelta(hours=6),
    )
