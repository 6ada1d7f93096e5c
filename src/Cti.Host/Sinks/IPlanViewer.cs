// Who is shown the steps of plans while they are made.

namespace Cti.Host.Sinks;

/// <summary>Used by the thread that makes the plans.</summary>
internal interface IPlanViewer
{
    /// <summary>Whether it would look at another step of a sink: what nobody looks at is not put into words.</summary>
    bool Looks(string sink);

    /// <summary>One step of a sink's plan, in canonical order.</summary>
    void Show(string sink, PlannedStep step);
}
