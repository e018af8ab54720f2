"""Writes the prices table and the costs for its test: `write.py TABLE COSTS`."""

import sys

import golden
import table

table_path, costs_path = sys.argv[1:]
print(f"{table_path}: {table.write(table_path)} bytes")
print(f"{costs_path}: {golden.write(costs_path)} costs")
