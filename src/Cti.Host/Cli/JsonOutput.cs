// One JSON value on standard output, with a line end.

using System.Text.Json;

namespace Cti.Host.Cli;

internal static class JsonOutput
{
    public static void Write(Action<Utf8JsonWriter> write)
    {
        using var stdout = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(stdout))
        {
            write(json);
        }

        stdout.WriteByte((byte)'\n');
    }
}
