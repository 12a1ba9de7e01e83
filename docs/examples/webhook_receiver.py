#!/usr/bin/env python3
"""Receive what a webhook is told: check the signature, and do each delivery once. Only Python is needed.

    export CREDIT_SECRET=…     # the webhook's secret
    docs/examples/webhook_receiver.py 8100

Put it behind a web server that speaks https. Whatever takes long is better done after the answer: a delivery that is
not answered within ten seconds is sent again.
"""

import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["CREDIT_SECRET"].encode()
# a delivery that was recorded and is played again later has an old time stamp
SECONDS = 300
# a real one keeps the ids in its database, in the transaction that does what the event asks for
done = set()


def is_genuine(headers, body):
    """Whether the sender knows the secret, and has sent this just now."""
    stamp = headers.get("X-Credit-Timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > SECONDS:
        return False
    expected = "sha256=" + hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, headers.get("X-Credit-Signature", ""))


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not is_genuine(self.headers, body):
            self.answer(401)
            return
        event = json.loads(body)
        if event["id"] not in done:
            done.add(event["id"])
            print(event["event"], json.dumps(event.get("customer"), ensure_ascii=False), flush=True)
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
