// The lines of a configuration file, numbered as YAML numbers them.

namespace Cti.Host.Config;

internal static class SourceLines
{
    /// <summary>LF, CRLF and CR end a line.</summary>
    public static string[] Split(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
}
