"""What Python can do at the least: a blocking socket, bytes made beforehand, next to no parsing.

    python -m benchmarks.runtimes.floor [CHUNKS]

Every invocation is answered in one piece, or with so many chunks of 64 KB.
"""

from __future__ import annotations

# The module that `socket` is made of: `socket` itself takes several milliseconds to import.
import _socket
import os
import sys

CHUNK = b"10000\r\n" + bytes(65536) + b"\r\n"
ANSWER = (
    b'{"statusCode":200,"headers":{"content-type":"application/json"},"body":"{\\"id\\":\\"42\\",\\"total\\":9.5}"}'
)
STREAMING = (
    b"Transfer-Encoding: chunked\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
    b"Content-Type: application/vnd.awslambda.http-integration-response\r\n\r\n"
    b'1a\r\n{"statusCode":200}\0\0\0\0\0\0\0\0\r\n'
)


def connected() -> _socket.socket:
    host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].partition(":")
    connection = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    connection.connect((host, int(port)))
    connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    return connection


def next_invocation(connection: _socket.socket) -> bytes:
    """Ask for an invocation, read all of it, and return its id."""
    connection.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
    received = connection.recv(65536)
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    missing = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]) - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return head.partition(b"Request-Id: ")[2].partition(b"\r\n")[0]


def main(chunks: int) -> None:
    connection = connected()
    while True:
        request_id = next_invocation(connection)
        head = b"POST /2018-06-01/runtime/invocation/" + request_id + b"/response HTTP/1.1\r\nHost: x\r\n"
        if chunks:
            connection.sendall(head + STREAMING)
            for _ in range(chunks):
                connection.sendall(CHUNK)
            connection.sendall(b"0\r\n\r\n")
        else:
            connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
        connection.recv(65536)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 0)
