// Who says when an entry of a source was last seen: its record, or the list it stands on. Decides what the time of an observation is.
namespace Cti.Core

/// Who says when an entry was last seen.
[<Struct; RequireQualifiedAccess>]
type Sightings =
    /// The record: its times hold, and the time of the reading where it has none.
    | Recorded
    /// The record, of an entry of a complete snapshot: its times hold, but whether it stands is for the list to say.
    | RecordedOnList
    /// The list: what is on a complete snapshot is seen at the snapshot's time.
    | Listed

[<RequireQualifiedAccess>]
module Sightings =
    /// Of a source in `mode: snapshot`. A record that says when it was last seen or when it ended knows better than the list it stands on.
    let ofSnapshot (map: MapSpec) : Sightings =
        if
            map.Templates
            |> List.forall (fun template -> template.LastSeen.IsNone && template.Ended.IsNone)
        then
            Sightings.Listed
        else
            Sightings.RecordedOnList
