// A pipeline's file together with the files it uses, as one text: what the store keeps of a run's configuration, and what its hash is over.

using System.Text;
using System.Text.RegularExpressions;

namespace Cti.Host.Config;

/// <summary>The texts of a configuration. Without includes the bundle is the file itself.</summary>
/// <param name="Main">The pipeline's own file.</param>
/// <param name="Includes">Included files by their path from the pipeline's folder, in the order they were first used.</param>
public sealed partial record ConfigBundle(string Main, IReadOnlyList<KeyValuePair<string, string>> Includes)
{
    /// <summary>
    /// One text. A file's end is marked by <c>--- # use: PATH</c>, which cannot stand in any of them: a second document is refused, and in YAML a
    /// line that begins with <c>---</c> is one wherever it stands.
    /// </summary>
    public string Print()
    {
        var text = new StringBuilder(Main);
        foreach (var (path, content) in Includes)
        {
            if (text.Length > 0 && text[^1] != '\n')
            {
                text.Append('\n');
            }

            text.Append("--- # use: ").Append(path).Append('\n').Append(content);
        }

        return text.ToString();
    }

    /// <summary>The inverse of <see cref="Print"/>, but for a line end at the end of a text.</summary>
    public static ConfigBundle Parse(string bundle)
    {
        var marks = Mark().Matches(bundle);
        return marks.Count == 0
            ? new ConfigBundle(bundle, [])
            : new ConfigBundle(
                bundle[..marks[0].Index],
                [
                    .. marks.Select(
                        (mark, index) =>
                            KeyValuePair.Create(
                                mark.Groups[1].Value,
                                bundle[
                                    (mark.Index + mark.Length)..(
                                        index + 1 < marks.Count ? marks[index + 1].Index : bundle.Length
                                    )
                                ]
                            )
                    ),
                ]
            );
    }

    [GeneratedRegex(@"^--- # use: ([^\n]*)\n", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Mark();
}
