// Judges what killed processes left behind: reads the workload's files, the store's tables as CSV and what the sinks hold, works out by itself what
// must be there, and prints what is lost, invented, duplicated, undelivered or out of order. Shares no code with the engine.

using System.Globalization;
using System.Text.Json;
using Cti.Oracle;

if (args is not [var folder])
{
    Console.Error.WriteLine("usage: Cti.Oracle FOLDER");
    return 2;
}

var findings = new Findings();
var inputs = new Inputs(folder);

// The store: every observation once, none made up.
var observations = Rows("observations")
    .Select(cells => (Id: cells[0], Said: new Said(cells[2], cells[1], Inputs.Time(cells[3]))))
    .ToList();
findings.Distinct(observations.Select(row => row.Id), "observations, by id");
var said = findings.Distinct(observations.Select(row => row.Said), "observations");
findings.Compare(inputs.Feed, said.Where(row => row.Source == "feed").ToHashSet(), Fault.Lost, "observations");
var listings = said.Where(row => row.Source == "list").ToHashSet();
foreach (var arrival in inputs.Arrivals().Where(arrival => !listings.Contains(arrival)))
{
    findings.Add(Fault.Lost, $"observations lack {arrival}");
}

foreach (var listing in listings.Where(listing => !inputs.IsListed(listing)))
{
    findings.Add(Fault.Invented, $"observations have {listing}, and no snapshot of that time lists it");
}

// Claims: one for each value and source; those of the list stand as the last snapshot says.
var claims = Rows("claims")
    .Select(cells => (Indicator: cells[0], Value: cells[1], Source: cells[2], Stands: cells[3] == "true"))
    .ToList();
findings.Distinct(claims.Select(claim => (claim.Value, claim.Source)), "claims");
var expectedClaims = inputs
    .Feed.Select(row => (row.Value, row.Source, Stands: true))
    .Concat(inputs.EverListed.Select(value => (Value: value, Source: "list", Stands: inputs.Listed.Contains(value))));
findings.Compare(
    expectedClaims,
    claims.Select(claim => (claim.Value, claim.Source, claim.Stands)).ToHashSet(),
    Fault.Lost,
    "claims"
);

// The log: no entry twice, no revision left out.
var changes = Rows("changes")
    .Select(cells =>
        (
            Sequence: long.Parse(cells[0], CultureInfo.InvariantCulture),
            Indicator: cells[1],
            Revision: int.Parse(cells[2], CultureInfo.InvariantCulture),
            Op: cells[3]
        )
    )
    .ToList();
findings.Distinct(changes.Select(change => change.Sequence), "the log, by sequence");
findings.Distinct(changes.Select(change => (change.Indicator, change.Revision)), "the log, by revision");
var final = new Dictionary<string, (int Revision, string Op)>();
foreach (var change in changes.OrderBy(change => change.Sequence))
{
    var before = final.GetValueOrDefault(change.Indicator).Revision;
    if (change.Revision != before + 1)
    {
        findings.Add(
            Fault.Disordered,
            $"the log goes from revision {before} of {change.Indicator} to {change.Revision}"
        );
    }

    final[change.Indicator] = (change.Revision, change.Op);
}

var valueOf = claims
    .Select(claim => (claim.Indicator, claim.Value))
    .Distinct()
    .ToDictionary(pair => pair.Indicator, pair => pair.Value);
foreach (var claim in claims.Where(claim => !final.ContainsKey(claim.Indicator)))
{
    findings.Add(Fault.Lost, $"the log has nothing of {claim.Value}");
}

var log = changes.DistinctBy(change => change.Sequence).ToDictionary(change => change.Sequence);

// Stream sinks: the last revision of everything, in the log's order, nothing that is not in the log.
foreach (var sink in new[] { "changes", "again" })
{
    var told = new Dictionary<string, (int Revision, string Op)>();
    long last = 0;
    foreach (var line in File.ReadLines(Path.Combine(folder, "out", sink + ".ndjson")))
    {
        using var json = JsonDocument.Parse(line);
        var sequence = json.RootElement.GetProperty("sequence").GetInt64();
        var indicator = json.RootElement.GetProperty("indicator").GetString()!["indicator--".Length..];
        var entry = log.GetValueOrDefault(sequence);
        var value = json.RootElement.GetProperty("value").GetString();
        if (sequence <= last)
        {
            // To a file nothing is told twice: what stands behind its last acknowledgement is cut off and written again.
            findings.Add(Fault.Disordered, $"{sink} tells {sequence} after {last}");
        }

        if (entry.Indicator != indicator || valueOf.GetValueOrDefault(indicator) != value)
        {
            findings.Add(Fault.Invented, $"{sink} tells {sequence} of {value}, the log does not");
        }

        last = sequence;
        told[indicator] = (entry.Revision, json.RootElement.GetProperty("op").GetString()!);
    }

    foreach (var (indicator, (revision, op)) in final)
    {
        var heard = told.GetValueOrDefault(indicator);
        if (heard.Revision != revision || heard.Op == "withdrawn" != (op == "withdrawn"))
        {
            findings.Add(
                Fault.Undelivered,
                $"{sink} never heard of {op} revision {revision} of {valueOf.GetValueOrDefault(indicator)}"
            );
        }
    }
}

// State sinks: what stands, and nothing else.
var standing = inputs.Feed.Select(row => row.Value).Concat(inputs.Listed).ToHashSet();
var names = findings.Distinct(File.ReadLines(Path.Combine(folder, "out", "names.txt")), "names.txt");
findings.Compare(standing, names, Fault.Undelivered, "names.txt");
using (var bundle = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "out", "bundle.json"))))
{
    var indicators = bundle
        .RootElement.GetProperty("objects")
        .EnumerateArray()
        .Where(item => item.GetProperty("type").GetString() == "indicator")
        .Select(item => (Id: item.GetProperty("id").GetString()!, Ended: item.TryGetProperty("valid_until", out _)))
        .ToList();
    findings.Distinct(indicators.Select(item => item.Id), "bundle.json");
    findings.Compare(
        standing,
        indicators
            .Where(item => !item.Ended)
            .Select(item => valueOf.GetValueOrDefault(item.Id["indicator--".Length..], item.Id))
            .ToHashSet(),
        Fault.Undelivered,
        "bundle.json"
    );
}

Console.WriteLine(
    JsonSerializer.Serialize(
        new
        {
            observations = observations.Count,
            lost = findings[Fault.Lost],
            invented = findings[Fault.Invented],
            duplicated = findings[Fault.Duplicated],
            undelivered = findings[Fault.Undelivered],
            disordered = findings[Fault.Disordered],
        }
    )
);
return 0;

// No cell of these has a comma or a quote in it.
IEnumerable<string[]> Rows(string name) =>
    File.ReadLines(Path.Combine(folder, "dump", name + ".csv")).Skip(1).Select(line => line.Split(','));
