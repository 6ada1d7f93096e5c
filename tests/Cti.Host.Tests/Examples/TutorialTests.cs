// The tutorial is walked as its reader walks it: in an empty folder its files are written, its changes made and its commands run, in the page's
// order, and each prints what the page shows.

using System.Text.RegularExpressions;
using Cti.Host.Tests.Harness;
using Xunit;

namespace Cti.Host.Tests.Examples;

public sealed partial class TutorialTests
{
    private const string Pipeline = "sightings.yaml";
    private const int MostCommands = 10;

    // Of the commands in the page's order; the first `validate` meets a spelling mistake.
    private static readonly int[] Exits = [0, 2, 0, 0, 0, 0, 0, 0, 0, 0];

    [Fact]
    public void The_tutorial_shows_what_its_commands_print()
    {
        var page = File.ReadAllText(Repository.PathOf("docs/tutorial.md"));
        using var work = new Workspace();
        var exits = new List<int>();
        foreach (Match block in Block().Matches(page))
        {
            var text = block.Groups["text"].Value;
            switch (block.Groups["kind"].Value)
            {
                case "sh":
                    var file = HereDocument().Match(text);
                    Assert.True(file.Success, text);
                    work.Write(file.Groups["path"].Value, file.Groups["text"].Value);
                    break;
                case "diff":
                    Change(work, text);
                    break;
                case "yaml":
                    work.Write(Pipeline, work.Read(Pipeline) + text);
                    break;
                case "text":
                    foreach (Match step in Step().Matches(text))
                    {
                        var printed = Print(work, step.Groups["program"].Value, step.Groups["rest"].Value, exits);
                        AssertShown(step.Value, step.Groups["shown"].Value, printed);
                    }

                    break;
                default:
                    Assert.Fail($"a block of a kind the test does not know: {block.Value}");
                    break;
            }
        }

        Assert.Equal(Exits, exits);
        Assert.InRange(exits.Count, 1, MostCommands);
    }

    // What a command prints: results, then messages.
    private static string Print(Workspace work, string program, string rest, List<int> exits)
    {
        if (program == "cat")
        {
            return work.Read(rest);
        }

        var result = work.Cti(Word().Matches(rest).Select(word => word.Value.Trim('"')));
        exits.Add(result.Exit);
        // On a machine that is busy a command also says how far it is.
        return result.Out + Progress().Replace(result.Error, "");
    }

    // Lines with - become those with + that follow them; what is to be replaced stands in the file exactly once.
    private static void Change(Workspace work, string diff)
    {
        foreach (Match change in Replacement().Matches(diff))
        {
            var text = work.Read(Pipeline);
            var old = Unmarked(change.Groups["old"].Value);
            Assert.Equal(2, text.Split(old).Length);
            work.Write(Pipeline, text.Replace(old, Unmarked(change.Groups["new"].Value), StringComparison.Ordinal));
        }
    }

    private static string Unmarked(string lines) =>
        string.Join('\n', lines.TrimEnd('\n').Split('\n').Select(line => line[1..]));

    // A line of `…` stands for any lines; between them all is as shown, in this order.
    private static void AssertShown(string step, string shown, string printed)
    {
        var pattern = string.Join(
            "(.*\n)*?",
            Timeless(shown).Split("…\n").Select(part => Regex.Escape(part).Replace("\\n", "\n"))
        );
        Assert.True(
            Regex.IsMatch(Timeless(printed), $@"\A{pattern}\z", RegexOptions.None, TimeSpan.FromSeconds(10)),
            $"the page shows\n{step}\nbut this was printed:\n{printed}"
        );
    }

    private static string Timeless(string text) => Seconds().Replace(text, "in … s");

    [GeneratedRegex("^```(?<kind>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\Acat > (?<path>\S+) <<'END'\n(?<text>.*?\n)END\n\z", RegexOptions.Singleline)]
    private static partial Regex HereDocument();

    [GeneratedRegex(
        @"^\$ (?<program>cti|cat) (?<rest>[^\n]+)\n(?<shown>.*?)(?=^\$ |\z)",
        RegexOptions.Singleline | RegexOptions.Multiline
    )]
    private static partial Regex Step();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?<old>(?:^-.*\n)+)(?<new>(?:^\+.*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Replacement();

    [GeneratedRegex(@"^\w+: [a-z ]+, [0-9,]+ records read.*\n", RegexOptions.Multiline)]
    private static partial Regex Progress();

    [GeneratedRegex(@"in [0-9.]+ s\b")]
    private static partial Regex Seconds();
}
