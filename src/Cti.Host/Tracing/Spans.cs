// The moments of a run that must not be torn apart, as spans of .NET's own tracing: whoever listens to the source `Cti.Host` sees them. Without a
// listener a span costs a null check.

using System.Diagnostics;

namespace Cti.Host.Tracing;

/// <summary>The engine's spans. Each begins at the last instant before what it is called after.</summary>
internal static class Spans
{
    /// <summary>The source's name, for listeners.</summary>
    public const string SourceName = "Cti.Host";

    /// <summary>A store's file is opened.</summary>
    public const string StoreOpen = "store.open";

    /// <summary>Everything of an epoch is written in its transaction; the commit comes.</summary>
    public const string EpochCommit = "epoch.commit";

    /// <summary>Committed changes go to a stream sink.</summary>
    public const string SinkSend = "sink.send";

    /// <summary>A stream sink has acknowledged; its cursor is stored.</summary>
    public const string CursorCommit = "cursor.commit";

    /// <summary>A state sink's new file is complete; it takes the old one's place.</summary>
    public const string FileReplace = "file.replace";

    /// <summary>A state sink's new file is complete; its checker looks at it.</summary>
    public const string FileCheck = "file.check";

    /// <summary>A state sink's new file is in place; what was acknowledged is stored.</summary>
    public const string PlanCommit = "plan.commit";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins a span; it ends when disposed. Null where nobody listens.</summary>
    public static Activity? Start(string name) => Source.StartActivity(name);
}
