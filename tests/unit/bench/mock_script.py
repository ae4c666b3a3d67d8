"""A small script that plays a mock process: ready line, control channel, and ways to fail."""

PLAY = """
import asyncio, json, os, sys

async def serve(reader, writer):
    while line := await reader.readline():
        ask = json.loads(line)
        if ask["do"] == "die":
            os._exit(3)
        if ask["do"] == "drop":
            writer.close()
            return
        if ask["do"] == "subscribe":
            writer.write(b'{"event": "relay", "coil": 0, "closed": true}\\n')
        answer = {"id": ask["id"], "ok": ask["do"] != "nonsense"}
        answer.update({"result": ask.get("value")} if answer["ok"] else {"error": "no such thing"})
        writer.write(json.dumps(answer).encode() + b"\\n")

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    print(json.dumps({
        "ready": True, "kind": "world", "control": {"host": host, "port": port},
        "relay": {"rtu": {"path": "/dev/pts/77"}, "tcp": {"host": "127.0.0.1", "port": 1502}},
    }), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""
