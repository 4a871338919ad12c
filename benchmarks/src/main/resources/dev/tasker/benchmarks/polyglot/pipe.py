import json
import sys

from order import priced

handlers = {"order": priced, "echo": lambda context: context}
for line in sys.stdin:
    call = json.loads(line)
    print(json.dumps(handlers[call["handler"]](call["context"])), flush=True)
