"""What `hub run` starts and shows on one machine: database, doubles, Airflow, and the hub's answers on invented data.

Here: processes of the doubles, the stack around one scenario, and one file for each thing that is shown.

Not here: the command itself (`cli/run.py`) and anything that production needs.

    local_stack      database, doubles and Airflow, up for the time of a block
    twin_process     the doubles as processes
    showcase_*       one file, one thing that is shown
"""
