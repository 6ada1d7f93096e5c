// Sources by number: what a run knows about every source of the store, so that claims can carry a number instead of a name.
namespace Cti.Core

open System.Collections.Generic

/// A source as scoring sees it.
type SourceInfo =
    {
        Name: string
        /// The pipeline that declares it.
        Pipeline: string
        Trust: Trust
        /// Whether the running pipeline declares it: its sinks deliver what its own sources claim.
        Own: bool
    }

/// Numbers sources in the order they are added; one per run, filled by the thread that owns the store. Other threads may read entries whose numbers
/// came to them through the store.
[<Sealed; AllowNullLiteral(false)>]
type SourceTable() =
    let sources = SharedList<SourceInfo>()
    let numbers = Dictionary<string, int>()

    member _.Count = sources.Count

    member _.Item
        with get (number: int): SourceInfo = sources[number]

    /// The number of a source; one that is not known yet becomes a sub-source of `declared`: its trust, its pipeline, its own name.
    /// An unknown `declared` gives a source that is trusted as little as any.
    member this.FindOrDerive(name: string, declared: string) : int =
        match numbers.TryGetValue name with
        | true, number -> number
        | _ ->
            match numbers.TryGetValue declared with
            | true, parent -> this.Set { sources[parent] with Name = name }
            | _ ->
                this.Set
                    {
                        Name = name
                        Pipeline = ""
                        Trust =
                            {
                                Reliability = Reliability.F
                                Credibility = Credibility.Six
                                Confidence = 0uy
                                Tlp = Tlp.Red
                                Group = ValueNone
                                License = ValueNone
                            }
                        Own = false
                    }

    member _.TryFind(name: string) : int voption =
        match numbers.TryGetValue name with
        | true, number -> ValueSome number
        | _ -> ValueNone

    /// Adds a source, or replaces what is known of one; its number never changes.
    member _.Set(info: SourceInfo) : int =
        match numbers.TryGetValue info.Name with
        | true, number ->
            sources[number] <- info
            number
        | _ ->
            sources.Add info
            numbers[info.Name] <- sources.Count - 1
            sources.Count - 1
