// The pure stages from C#, through the façade Cti.Core.Api: normalise, screen, score, STIX. No host, no YAML, no database.
// The F# example beside it prints the same; a test holds the two together.

using Cti.Core;
using Cti.Core.Api;

namespace Cti.Example.CSharp;

public static class Program
{
    public static void Main() => Run(Console.Out);

    public static void Run(TextWriter output)
    {
        // A warninglist as MISP publishes them, and the guard against broad entries.
        var screener = Screener.Create(
            warninglists: new Dictionary<string, string>
            {
                ["shared.json"] =
                    """{ "name": "Shared services", "type": "hostname", "matching_attributes": ["domain", "url"], "list": ["cdn.example"] }""",
            },
            allowLists: new Dictionary<string, string>()
        );

        // Normalise: a canonical value, or a coded rejection. Screen: which list says no, and by which entry.
        foreach (var written in new[] { "hxxps://cdn[.]example/lib.js", "010.1.1.1", "hxxp://malware[.]example/x" })
        {
            output.WriteLine(
                Observables
                    .Normalise(written)
                    .Match(
                        subject =>
                            $"{written}: {Observables.TypeName(subject)} {subject.Value}, {Verdict(screener, subject)}",
                        (code, _) => $"{written}: {code}"
                    )
            );
        }

        // Score: two independent sources corroborate each other, then ten of thirty days wear it off.
        var malware = Observables.Normalise("hxxp://malware[.]example/x").Subject!;
        var firstSeen = DateTimeOffset.Parse("2025-12-24T00:00:00Z");
        var lastSeen = DateTimeOffset.Parse("2026-01-01T00:00:00Z");
        var honeypots = SourceTrust.Create(Reliability.A, Credibility.Two, 80, Tlp.Green, group: null);
        var mailDesk = SourceTrust.Create(Reliability.B, Credibility.Two, 75, Tlp.Green, group: null);
        var set = IndicatorSet.Of(
            [
                new SourceClaim(malware, "honeypots", honeypots, firstSeen, lastSeen) { Labels = ["phishing"] },
                new SourceClaim(malware, "mail-desk", mailDesk, firstSeen, lastSeen) { Labels = ["phishing"] },
            ],
            maxTlp: Tlp.Green,
            now: DateTimeOffset.Parse("2026-01-11T00:00:00Z"),
            lifetime: TimeSpan.FromDays(30),
            decaySpeed: 1.0
        );
        var indicator = set.Indicators[0];
        var terms = string.Join(", ", indicator.Terms.Select(term => $"{term.Source} {term.Value}"));
        output.WriteLine($"{terms}; score {indicator.Score}");

        // Render: STIX 2.1.
        output.Write(set.ToStix(withObservables: false));
    }

    private static string Verdict(Screener screener, Subject subject) =>
        screener.Ask(subject) is { } no ? $"{no.Code}, {no.List}, {no.Entry}" : "passes";
}
