"""Forwards each TCP connection to another address: relay.py PORT HOST PORT.

It runs in a pod of its own, in the image of the site: `kubectl port-forward` leads to that one pod for as long as the
test lasts, and each connection from there goes through the Service, to whichever replica it chooses.
"""

import asyncio
import sys


async def serve(port: int, host: str, target_port: int) -> None:
    """Listen on `port` and forward to `host` until killed."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target_reader, target_writer = await asyncio.open_connection(host, target_port)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(_copy(reader, target_writer), _copy(target_reader, writer))

    server = await asyncio.start_server(forward, "0.0.0.0", port)
    await server.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
    except OSError:
        # Reset the other side too, since this connection did not end in good order.
        writer.transport.abort()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
