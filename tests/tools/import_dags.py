"""Import a folder of DAGs as Airflow does; runs in an environment of its own.

    python import_dags.py FOLDER

Prints as JSON the tasks of each DAG, with the command of each, and the errors of files that are
none. Airflow's own files go where ``AIRFLOW_HOME`` says.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Import and tell."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(sys.argv[1], safe_mode=False)
    dags = {
        name: {
            "schedule": dag.schedule,
            "tasks": {task.task_id: [task.bash_command, task.retries] for task in dag.tasks},
        }
        for name, dag in bag.dags.items()
    }
    print(json.dumps({"dags": dags, "errors": bag.import_errors}))


if __name__ == "__main__":
    main()
