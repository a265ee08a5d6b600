"""Send twenty tasks and wait for what comes of them."""

from demo import square

results = [(number, square.delay(number)) for number in range(1, 21)]
print("sent %d tasks; their results:" % len(results))
print(" ".join(str(result.get(timeout=40)) for _, result in results))
