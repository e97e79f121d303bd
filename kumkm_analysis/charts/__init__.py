"""What reports draw, as SVG that is the same to the byte."""
