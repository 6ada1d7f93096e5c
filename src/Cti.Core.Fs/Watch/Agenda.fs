// What a service does now: which pipelines run with which of their sources, and until when there is nothing to do. One pipeline never overlaps
// itself; pipelines of one store run one after the other, those that waited longest first. Pure.
namespace Cti.Core

open System
open System.Collections.Generic

/// A pipeline as the agenda sees it.
[<NoComparison>]
type AgendaEntry =
    {
        Pipeline: string
        /// Pipelines of one store take turns.
        Store: string
        IsRunning: bool
        /// When each source is due; sources that never are again are left out.
        Due: IReadOnlyList<struct (string * DateTimeOffset)>
    }

/// A run that begins now.
[<NoComparison>]
type AgendaRun =
    {
        Pipeline: string
        /// In the order declared; at least one.
        Sources: IReadOnlyList<string>
    }

[<NoComparison>]
type AgendaDecision =
    {
        Runs: IReadOnlyList<AgendaRun>
        /// When to ask again at the latest; none where only the end of a run or new files can change anything.
        Wake: DateTimeOffset voption
    }

[<RequireQualifiedAccess>]
module Agenda =
    let private earliest (entry: AgendaEntry) : DateTimeOffset voption =
        if entry.Due.Count = 0 then
            ValueNone
        else
            entry.Due |> Seq.map (fun (struct (_, at)) -> at) |> Seq.min |> ValueSome

    /// Decides. A pipeline runs as a whole when any of its sources is due, and reads only those that are.
    let decide (now: DateTimeOffset) (entries: IReadOnlyList<AgendaEntry>) : AgendaDecision =
        let busy =
            HashSet<string>(entries |> Seq.filter _.IsRunning |> Seq.map _.Store, StringComparer.Ordinal)

        let waiting =
            entries
            |> Seq.filter (fun entry -> not entry.IsRunning)
            |> Seq.choose (fun entry ->
                match earliest entry with
                | ValueSome at -> Some(at, entry)
                | ValueNone -> None)
            |> Seq.sortBy (fun (at, entry) -> at, entry.Pipeline)
            |> List.ofSeq

        let runs =
            [|
                for at, entry in waiting do
                    if at <= now && busy.Add entry.Store then
                        {
                            Pipeline = entry.Pipeline
                            Sources =
                                [|
                                    for struct (source, due) in entry.Due do
                                        if due <= now then
                                            source
                                |]
                        }
            |]

        {
            Runs = runs
            Wake =
                waiting
                |> List.map fst
                |> List.filter (fun at -> at > now)
                |> List.fold
                    (fun first at ->
                        match first with
                        | ValueSome known when known <= at -> first
                        | _ -> ValueSome at)
                    ValueNone
        }
