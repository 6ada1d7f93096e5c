// Whether the time zones a pipeline names are known to this machine. The core knows their form only: the table is the operating system's.

using Cti.Core;
using Cti.Core.Declare;

namespace Cti.Host.Config;

internal static class TimeZones
{
    /// <summary>A diagnostic for every `schedule: { tz }` of the pipeline and its sources that names no zone.</summary>
    public static IEnumerable<Diagnostic> Check(Node root)
    {
        var top = Named(root, []);
        var sources = root.ItemsUnder("sources")
            .SelectMany((source, index) => Named(source, [Step.NewKey("sources"), Step.NewIndex(index)]));
        foreach (var (path, zone) in top.Concat(sources))
        {
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone.Text, out _))
            {
                yield return DiagnosticModule.create(
                    Microsoft.FSharp.Collections.ListModule.OfSeq(path.Reverse()),
                    zone.Span,
                    Fault.NewNotAllowed("a time zone of this machine", zone.Text, Near(zone.Text))
                );
            }
        }
    }

    private static IEnumerable<(Step[] Path, ScalarNode Zone)> Named(Node block, Step[] path) =>
        block.Under("schedule").Under("tz") is Node.Scalar { Item: var scalar }
            ? [([.. path, Step.NewKey("schedule"), Step.NewKey("tz")], scalar)]
            : [];

    // All of them would fill the screen.
    private static Microsoft.FSharp.Collections.FSharpList<string> Near(string text)
    {
        var all = TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).ToList();
        var nearest = Suggest.nearest(all, text);
        return Microsoft.FSharp.Collections.ListModule.OfSeq(
            nearest is null ? ["UTC", "Europe/Berlin", "America/New_York"] : new[] { nearest.Value, "UTC" }
        );
    }
}
