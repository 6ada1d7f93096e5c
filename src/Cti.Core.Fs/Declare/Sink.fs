// Where indicators go and what they look like there, as it is declared.
namespace Cti.Core.Declare

open Cti.Core
open Cti.Core.Predicates

/// Renderers of a whole set.
[<RequireQualifiedAccess>]
type StateRender =
    /// With the observables (SCOs) beside the indicators, or without; with the foreign objects of its sources, or without.
    | StixBundle of observables: bool * objects: bool
    | PlainList
    | Rpz of RpzOptions
    | MispEvent of MispOptions
    /// Written to a folder.
    | MispFeed of MispOptions
    | OpenIoc of OpenIocOptions
    | AttackNavigator of AttackNavigatorOptions
    | RuleFile of RuleLanguage
    | Csv of CsvColumn list

/// Renderers of one change after another.
[<Struct; RequireQualifiedAccess>]
type StreamRender = Ndjson

[<Struct; RequireQualifiedAccess>]
type ApplyMode =
    | Auto
    /// Waits for `cti apply`.
    | Manual

/// Holds a current set: plan and apply.
type StateSink =
    {
        Name: Name
        Render: StateRender
        /// Where the set is written, relative to the pipeline's file.
        Path: string
        Where: Predicate option
        MaxTlp: Tlp
        Apply: ApplyMode
        /// What a plan may do without approval.
        Limits: PlanLimits
    }

/// Appends the change log, at least once, in order.
type StreamSink =
    {
        Name: Name
        Render: StreamRender
        To: Target
        Where: Predicate option
        MaxTlp: Tlp
        Delivery: DeliverySettings
    }

[<RequireQualifiedAccess>]
type Sink =
    | State of StateSink
    | Stream of StreamSink

    member this.Name =
        match this with
        | State sink -> sink.Name
        | Stream sink -> sink.Name

    /// What the output looks like.
    member this.RenderSpec =
        match this with
        | State {
                    Render = StateRender.StixBundle(observables, objects)
                } ->
            RenderSpec.StixBundle
                {|
                    Observables = observables
                    Objects = objects
                |}
        | State { Render = StateRender.PlainList } -> RenderSpec.PlainList
        | State { Render = StateRender.Rpz options } -> RenderSpec.Rpz options
        | State {
                    Render = StateRender.MispEvent options
                } -> RenderSpec.MispEvent options
        | State {
                    Render = StateRender.MispFeed options
                } -> RenderSpec.MispFeed options
        | State { Render = StateRender.OpenIoc options } -> RenderSpec.OpenIoc options
        | State {
                    Render = StateRender.AttackNavigator options
                } -> RenderSpec.AttackNavigator options
        | State {
                    Render = StateRender.RuleFile language
                } -> RenderSpec.RuleFile language
        | State { Render = StateRender.Csv columns } -> RenderSpec.Csv columns
        | Stream { Render = StreamRender.Ndjson } -> RenderSpec.Ndjson

    member this.To =
        match this with
        | State sink -> Target.File sink.Path
        | Stream sink -> sink.To

    member this.Where =
        match this with
        | State sink -> sink.Where
        | Stream sink -> sink.Where

    member this.MaxTlp =
        match this with
        | State sink -> sink.MaxTlp
        | Stream sink -> sink.MaxTlp
