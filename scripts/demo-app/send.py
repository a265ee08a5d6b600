"""Send twenty tasks and wait for what comes of them."""

import os

from demo import app, folder, square

# kombu's worker would take a message that is still being written, and lose it:
# so they are written elsewhere, and moved when they are whole.
options = app.conf.broker_transport_options
options["data_folder_out"] = folder("outgoing")
results = [(number, square.delay(number)) for number in range(1, 21)]
for name in sorted(os.listdir(options["data_folder_out"])):
    os.rename(os.path.join(options["data_folder_out"], name),
              os.path.join(options["data_folder_in"], name))
print("sent %d tasks; their results:" % len(results))
print(" ".join(str(result.get(timeout=40)) for _, result in results))
