// One JSON value on standard output, with a line end.

using System.Text.Json;

namespace Cti.Host.Cli;

internal static class JsonOutput
{
    public static void Write(CommandIo io, Action<Utf8JsonWriter> write)
    {
        io.Out.Flush();
        using (var json = new Utf8JsonWriter(io.Bytes))
        {
            write(json);
        }

        io.Bytes.WriteByte((byte)'\n');
    }
}
