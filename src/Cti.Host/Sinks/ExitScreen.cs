// The lists once more, at the exit: what a pipeline would screen today leaves through none of its sinks, whenever it came in. What came in since the
// lists last changed was screened by these very lists on its way in; so only a change of the lists costs a look at the store.

using Cti.Core;
using Cti.DuckDb;
using Cti.Host.Run;
using Cti.Host.Store;

namespace Cti.Host.Sinks;

/// <summary>Why an indicator is held back.</summary>
internal sealed record HoldReason(string Code, string List, string Entry)
{
    /// <summary>For a person.</summary>
    public string Text => Describe(Code, List, Entry);

    /// <summary>For a person.</summary>
    public static string Describe(string code, string list, string entry) =>
        $"held back by {list} (entry {entry}, {code})";
}

/// <summary>What the lists of a pipeline hold back of what is in the store. Never changes; threads share it.</summary>
internal sealed class ExitScreen
{
    private const string Claims = "store.claims";
    private readonly Dictionary<UInt128, HoldReason> _held;

    private ExitScreen(Dictionary<UInt128, HoldReason> held) => _held = held;

    /// <summary>Why an indicator may not leave; null where it may.</summary>
    public HoldReason? Ask(UInt128 indicator) => _held.Count == 0 ? null : _held.GetValueOrDefault(indicator);

    /// <summary>
    /// Asks today's lists about everything the pipeline's sources claim, if they are not the lists that were asked last. Changes nothing.
    /// </summary>
    public static ExitScreen Look(DuckDbConnection connection, PipelinePlan plan, LoadedScreen screen) =>
        new(IsKnown(connection, plan, screen) ? Known(connection, plan.Name) : Match(connection, Claims, plan, screen.Set));

    /// <summary>Asks lists about everything in a table shaped like that of the claims. Changes nothing.</summary>
    public static ExitScreen Of(DuckDbConnection connection, string table, PipelinePlan plan, ScreenSet screen) =>
        new(Match(connection, table, plan, screen));

    /// <summary>
    /// The same, and keeps it in the store. <paramref name="changed"/>: what is held back now and was not, or was and is no more. Before the
    /// pipeline reads anything: what comes in afterwards is screened by these lists. Part of the caller's transaction.
    /// </summary>
    public static ExitScreen Keep(
        DuckDbConnection connection,
        PipelinePlan plan,
        LoadedScreen screen,
        DateTime now,
        out IReadOnlyList<UInt128> changed
    )
    {
        var before = Known(connection, plan.Name);
        changed = [];
        if (IsKnown(connection, plan, screen))
        {
            return new ExitScreen(before);
        }

        var after = Match(connection, Claims, plan, screen.Set);
        changed =
        [
            .. after.Keys.Where(indicator => !before.ContainsKey(indicator)),
            .. before.Keys.Where(indicator => !after.ContainsKey(indicator)),
        ];
        connection.Run("DELETE FROM store.screens WHERE pipeline = $1", plan.Name);
        connection.Run("INSERT INTO store.screens VALUES ($1, $2, $3)", plan.Name, screen.Fingerprint, now);
        connection.Run("DELETE FROM store.held_back WHERE pipeline = $1", plan.Name);
        HeldBackAppender.Write(connection, plan.Name, after, now);
        return new ExitScreen(after);
    }

    // A pipeline without sources shows what others claim, which its lists never saw.
    private static bool IsKnown(DuckDbConnection connection, PipelinePlan plan, LoadedScreen screen) =>
        plan.Sources.Count > 0
        && connection.Value<string>("SELECT fingerprint FROM store.screens WHERE pipeline = $1", plan.Name)
            == screen.Fingerprint;

    private static Dictionary<UInt128, HoldReason> Known(DuckDbConnection connection, string pipeline) =>
        connection
            .Rows(
                "SELECT indicator, code, list, entry FROM store.held_back WHERE pipeline = $1",
                reader =>
                    (
                        Indicator: UuidModule.ofGuid(reader.GetGuid(0)),
                        Reason: new HoldReason(reader.GetString(1), reader.GetString(2), reader.GetString(3))
                    ),
                pipeline
            )
            .ToDictionary(row => row.Indicator, row => row.Reason);

    private static Dictionary<UInt128, HoldReason> Match(
        DuckDbConnection connection,
        string table,
        PipelinePlan plan,
        ScreenSet screen
    )
    {
        var held = new Dictionary<UInt128, HoldReason>();
        var own = plan.Sources.Count > 0 ? "SEMI JOIN store.sources s ON s.id = c.source AND s.pipeline = $1" : "";
        using var command = connection.CreateCommand($"SELECT c.subject, c.type, c.value FROM {table} c {own}");
        if (plan.Sources.Count > 0)
        {
            command.Parameters.Add(new DuckDbParameter { Value = plan.Name });
        }

        using var reader = command.ExecuteReader();
        var subjects = new UInt128[DuckDbAppender.ChunkSize];
        while (reader.NextChunk() is { } chunk)
        {
            chunk.Column(0).CopyUuids(subjects.AsSpan(0, chunk.Count));
            var type = chunk.Column(1).Values<byte>();
            var value = chunk.Column(2);
            for (var row = 0; row < chunk.Count; row++)
            {
                var hit = screen.Match(ObservableTypeModule.tryOfCode(type[row]).Value, value.Bytes(row));
                if (!hit.Reason.IsNone)
                {
                    held[subjects[row]] = new HoldReason(
                        ScreenReasonModule.code(hit.Reason),
                        screen.ListName(hit),
                        screen.EntryText(hit)
                    );
                }
            }
        }

        return held;
    }
}
