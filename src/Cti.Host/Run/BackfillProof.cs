// What a backfill ends with: which partitions were expected and which are done, their books, and a hash of the content of each and of all.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Cti.Core;
using Cti.Host.Store;

namespace Cti.Host.Run;

/// <summary>The state of a backfill's partitions in the store. Complete in `--json` and in table `partitions`, short as text.</summary>
public sealed class BackfillProof
{
    private const int FilesNamed = 20;
    private readonly BackfillPlan _plan;
    private readonly List<(Partition Partition, PartitionRow? Row)> _rows;
    private readonly int _skipped;

    internal BackfillProof(
        BackfillPlan plan,
        IReadOnlyDictionary<(string Source, long At), PartitionRow> known,
        int skipped
    )
    {
        _plan = plan;
        _skipped = skipped;
        _rows =
        [
            .. plan.Partitions.Select(partition =>
                (partition, known.GetValueOrDefault((plan.Sources[partition.Source].Name, partition.At)))
            ),
        ];
    }

    /// <summary>Partitions there are files for.</summary>
    public int Expected => _rows.Count;

    /// <summary>Those that were read to their end and believed.</summary>
    public int Done => Count(PartitionStatus.Done);

    /// <summary>Those that were read to their end and not believed.</summary>
    public int Suspect => Count(PartitionStatus.Suspect);

    /// <summary>Those that could not be read to their end.</summary>
    public int Failed => Count(PartitionStatus.Failed);

    /// <summary>Those that were not begun, or not ended.</summary>
    public int Open => Expected - Done - Suspect - Failed;

    /// <summary>SHA-256 over source, time and content hash of every partition that was read to its end.</summary>
    public string ContentHash =>
        PartitionContent.OfAll(
            _rows.Where(Ended).Select(entry => $"{entry.Row!.Source} {entry.Row.Key} {entry.Row.ContentHash}")
        );

    /// <summary>Partitions whose books do not balance, one sentence each.</summary>
    public IReadOnlyList<string> Unbalanced =>
        [
            .. _rows
                .Where(entry => Ended(entry) && entry.Row!.Books.Missing != 0)
                .Select(entry =>
                    $"the books of partition {entry.Row!.Key} of {entry.Row.Source} do not balance: {entry.Row.Books.Missing} records are not accounted for; this is a defect, please report it"
                ),
        ];

    /// <summary>Its object in `--json`.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("expected", Expected);
        json.WriteNumber("done", Done);
        json.WriteNumber("suspect", Suspect);
        json.WriteNumber("failed", Failed);
        json.WriteNumber("open", Open);
        json.WriteNumber("skipped", _skipped);
        WriteBooks(json, Total());
        json.WriteString("content_hash", ContentHash);
        json.WriteStartArray("holes");
        foreach (var hole in _plan.Holes)
        {
            json.WriteStringValue(hole);
        }

        json.WriteEndArray();
        json.WriteStartArray("partitions");
        foreach (var (partition, row) in _rows)
        {
            json.WriteStartObject();
            json.WriteString("source", _plan.Sources[partition.Source].Name);
            json.WriteString("key", TimestampModule.toText(partition.At));
            json.WriteStartArray("files");
            foreach (var path in partition.Paths)
            {
                json.WriteStringValue(path);
            }

            json.WriteEndArray();
            json.WriteString("status", row is null ? "open" : PartitionStatusModule.name(row.Status));
            if (row is not null)
            {
                json.WriteString("content_hash", row.ContentHash);
                json.WriteNumber("bytes", row.Bytes);
                WriteBooks(json, row.Books);
                json.WriteBoolean("whole", row.Whole);
                json.WriteString("message", row.Message);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Some lines for a person.</summary>
    public void AppendText(StringBuilder text)
    {
        text.AppendLine();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{"partitions", 10} {"done", 8} {"suspect", 8} {"failed", 8} {"open", 8} {"records", 12} {"expanded", 10} {"screened", 10} {"rejected", 10} {"merged", 12} {"observations", 12}"
        );
        var books = Total();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{Expected, 10:N0} {Done, 8:N0} {Suspect, 8:N0} {Failed, 8:N0} {Open, 8:N0} {books.Records, 12:N0} {books.Expanded, 10:N0} {books.Screened, 10:N0} {books.Rejected, 10:N0} {books.Merged, 12:N0} {books.Observations, 12:N0}"
        );
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{TimestampModule.toText(_rows[0].Partition.At)} to {TimestampModule.toText(_rows[^1].Partition.At)}; {_skipped:N0} were done before; content {ContentHash}"
        );
        foreach (var hole in _plan.Holes)
        {
            text.AppendLine(hole);
        }

        var odd = _rows.Where(entry => entry.Row is { Status: var status } && !status.IsDone).ToList();
        foreach (var (_, row) in odd.Take(FilesNamed))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{PartitionStatusModule.name(row!.Status)}: {row.Files}{(row.Message is null ? "" : ": " + row.Message)}"
            );
        }

        if (odd.Count > FilesNamed)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"and {odd.Count - FilesNamed:N0} more; all are in table partitions"
            );
        }
    }

    private static void WriteBooks(Utf8JsonWriter json, PartitionBooks books)
    {
        json.WriteNumber("records", books.Records);
        json.WriteNumber("expanded", books.Expanded);
        json.WriteNumber("screened", books.Screened);
        json.WriteNumber("rejected", books.Rejected);
        json.WriteNumber("merged", books.Merged);
        json.WriteNumber("observations", books.Observations);
    }

    private PartitionBooks Total() =>
        _rows.Aggregate(new PartitionBooks(), (sum, entry) => entry.Row is null ? sum : sum + entry.Row.Books);

    private int Count(PartitionStatus status) =>
        _rows.Count(entry => entry.Row is { } row && row.Status.Equals(status));

    private static bool Ended((Partition Partition, PartitionRow? Row) entry) =>
        entry.Row is { Status: var status } && (status.IsDone || status.IsSuspect);
}
