"""A Celery app that needs no server: messages and results are files.

They lie next to this file.  This is for a demonstration; a real app names a
real broker.
"""

import os
import time

from celery import Celery

HERE = os.path.dirname(os.path.abspath(__file__))


def folder(name):
    path = os.path.join(HERE, name)
    os.makedirs(path, exist_ok=True)
    return path


app = Celery("demo", broker="filesystem://",
             backend="file://" + folder("results"))
app.conf.broker_transport_options = {
    "data_folder_in": folder("messages"),
    "data_folder_out": folder("messages"),
    "control_folder": folder("control"),
}


@app.task
def square(number):
    time.sleep(0.2)
    print("%d times %d is %d" % (number, number, number * number))
    return number * number
