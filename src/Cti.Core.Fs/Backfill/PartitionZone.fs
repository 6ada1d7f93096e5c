// The zone of dates that name none. Rules of places come from whoever asks: this machine's tables are no business of the core.
namespace Cti.Core

open System
open System.Text

/// Where a time of day without a zone was written. Rules of places have no order.
[<RequireQualifiedAccess; NoComparison>]
type PartitionZone =
    /// Minutes east of Greenwich, -840 to 840.
    | Fixed of minutes: int
    /// A place, with its summer times.
    | Place of rules: TimeZoneInfo

[<RequireQualifiedAccess>]
module PartitionZone =
    let utc = PartitionZone.Fixed 0

    /// `UTC`, `Z`, `+02:00`, `-0330`, `+02`; none for anything else, which may be the name of a place.
    let tryFixed (text: string) : PartitionZone voption =
        let mutable cursor = TimeCursor(ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text))
        let minutes = cursor.Zone()

        if text.Length > 0 && cursor.Done && minutes <> Int32.MinValue then
            ValueSome(PartitionZone.Fixed minutes)
        else
            ValueNone

    /// A local time in UTC. A time that a place's clocks left out (summer time begins) is taken as if they had not been put forward yet, so it
    /// lies as far behind the gap as it stood in it; of a time that they showed twice it is the first.
    let toUtc (zone: PartitionZone) (local: Timestamp) : Timestamp =
        match zone with
        | PartitionZone.Fixed minutes -> local - Timestamp.ofMicroseconds (int64 minutes * 60_000_000L)
        | PartitionZone.Place rules ->
            let clock =
                DateTime.SpecifyKind(Timestamp.toDateTime local, DateTimeKind.Unspecified)

            let offset =
                if rules.IsAmbiguousTime clock then
                    Array.max (rules.GetAmbiguousTimeOffsets clock)
                elif rules.IsInvalidTime clock then
                    // No gap is longer than a day, and none lies within a day of another.
                    rules.GetUtcOffset(clock.AddDays -1.0)
                else
                    rules.GetUtcOffset clock

            local - Timestamp.ofMicroseconds (offset.Ticks / TimeSpan.TicksPerMicrosecond)

    /// What a name tells, in UTC.
    let resolve (zone: PartitionZone) (named: NamedTime) : Timestamp =
        if named.IsAbsolute then
            named.Time
        else
            toUtc zone named.Time
