"""The demonstration of `hub run` on one machine: database, doubles, Airflow, and the hub's answers on synthetic data.

Here: processes of the doubles, the stack around one scenario, and one file for each thing that is shown.

Not here: the command itself (`cli/run.py`) and anything that production needs.

    local_stack      database, doubles and Airflow, running during a block
    twin_process     the doubles as processes
    showcase_*       one file for each thing that is shown
"""
