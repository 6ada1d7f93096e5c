// Traffic for sensors to look at: whole packets, as the protocols' specifications lay them out, in a capture file. Checksums are left zero: whoever reads it
// is told not to look at them.

using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Cti.Host.Tests.Harness;

/// <summary>One capture, of packets that begin with the IP header (link type 101). Every conversation has a client port of its own.</summary>
public sealed class PcapFile
{
    private readonly ArrayBufferWriter<byte> _content = new();
    private uint _second = 1_767_312_000;
    private ushort _port = 40_000;

    public PcapFile()
    {
        // pcap 2.4, little-endian: magic, version, zone, accuracy, most bytes of a packet, link type.
        Little32(0xa1b2c3d4);
        Little32(0x00040002);
        Little32(0);
        Little32(0);
        Little32(65_535);
        Little32(101);
    }

    public byte[] ToArray() => _content.WrittenSpan.ToArray();

    /// <summary>A query for the address of a name (RFC 1035 §4).</summary>
    public PcapFile Dns(string name)
    {
        using var message = new MemoryStream();
        message.Write([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        foreach (var label in name.Split('.'))
        {
            message.WriteByte((byte)label.Length);
            message.Write(Encoding.ASCII.GetBytes(label));
        }

        message.Write([0, 0, 1, 0, 1]);
        return Udp("10.0.0.1", "10.0.0.53", 53, message.ToArray());
    }

    /// <summary>The first message of a client (RFC 8446 §4.1.2) that asks for a server's name (RFC 6066 §3).</summary>
    public PcapFile Tls(string name)
    {
        var server = Encoding.ASCII.GetBytes(name);
        byte[] extension =
        [
            0,
            0,
            .. Big16(server.Length + 5),
            .. Big16(server.Length + 3),
            0,
            .. Big16(server.Length),
            .. server,
        ];
        byte[] hello =
        [
            3,
            3,
            .. Enumerable.Repeat((byte)7, 32),
            0,
            0,
            2,
            0x13,
            1,
            1,
            0,
            .. Big16(extension.Length),
            .. extension,
        ];
        byte[] handshake = [1, 0, .. Big16(hello.Length), .. hello];
        return Tcp("10.0.0.1", "10.0.0.9", 443, [0x16, 3, 1, .. Big16(handshake.Length), .. handshake]);
    }

    /// <summary>A request (RFC 9112 §3).</summary>
    public PcapFile Http(string host, string target, int port = 80) =>
        Tcp(
            "10.0.0.1",
            "10.0.0.9",
            port,
            Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n")
        );

    /// <summary>A request that brings a file.</summary>
    public PcapFile Upload(string host, string body) =>
        Tcp(
            "10.0.0.1",
            "10.0.0.9",
            80,
            Encoding.ASCII.GetBytes(
                $"POST /up HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\nContent-Type: application/octet-stream\r\nContent-Length: {body.Length}\r\n\r\n{body}"
            )
        );

    /// <summary>A request that is answered with a file.</summary>
    public PcapFile Download(string host, string target, string body) =>
        Tcp(
            "10.0.0.1",
            "10.0.0.9",
            80,
            Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\n\r\n"),
            Encoding.ASCII.GetBytes(
                $"HTTP/1.1 200 OK\r\nServer: test\r\nContent-Type: application/octet-stream\r\nContent-Length: {body.Length}\r\n\r\n{body}"
            )
        );

    /// <summary>One datagram.</summary>
    public PcapFile Udp(string from, string to, int port, byte[] payload) =>
        Packet(from, to, 17, [.. Big16(_port++), .. Big16(port), .. Big16(8 + payload.Length), 0, 0, .. payload]);

    /// <summary>A conversation: opened, the client's words, acknowledged, closed.</summary>
    public PcapFile Tcp(string from, string to, int port, byte[] payload) => Tcp(from, to, port, payload, []);

    // The same with the server's answer, if it has one.
    private PcapFile Tcp(string from, string to, int port, byte[] payload, byte[] answer)
    {
        int client = _port++;
        var said = 101 + (uint)payload.Length;
        var answered = 501 + (uint)answer.Length;

        PcapFile Client(uint sequence, uint acknowledged, byte flags, byte[] data) =>
            Packet(from, to, 6, [.. Big16(client), .. Big16(port), .. Segment(sequence, acknowledged, flags), .. data]);

        PcapFile Server(uint sequence, uint acknowledged, byte flags, byte[] data) =>
            Packet(to, from, 6, [.. Big16(port), .. Big16(client), .. Segment(sequence, acknowledged, flags), .. data]);

        const byte fin = 1,
            syn = 2,
            push = 8,
            ack = 16;
        Client(100, 0, syn, []);
        Server(500, 101, syn | ack, []);
        Client(101, 501, ack, []);
        Client(101, 501, push | ack, payload);
        Server(501, said, ack, []);
        if (answer.Length > 0)
        {
            Server(501, said, push | ack, answer);
            Client(said, answered, ack, []);
        }

        Client(said, answered, fin | ack, []);
        Server(answered, said + 1, fin | ack, []);
        return Client(said + 1, answered + 1, ack, []);
    }

    private static byte[] Segment(uint sequence, uint acknowledged, byte flags) =>
        [.. Big32(sequence), .. Big32(acknowledged), 0x50, flags, 0x20, 0, 0, 0, 0, 0];

    private PcapFile Packet(string from, string to, byte protocol, byte[] payload)
    {
        var source = IPAddress.Parse(from).GetAddressBytes();
        var target = IPAddress.Parse(to).GetAddressBytes();
        byte[] header =
            source.Length == 4
                ? [0x45, 0, .. Big16(20 + payload.Length), 0, 1, 0, 0, 64, protocol, 0, 0]
                : [0x60, 0, 0, 0, .. Big16(payload.Length), protocol, 64];
        byte[] packet = [.. header, .. source, .. target, .. payload];
        Little32(_second++);
        Little32(0);
        Little32((uint)packet.Length);
        Little32((uint)packet.Length);
        _content.Write(packet);
        return this;
    }

    private void Little32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _content.Write(bytes);
    }

    private static byte[] Big16(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Big32(uint value) =>
        [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
