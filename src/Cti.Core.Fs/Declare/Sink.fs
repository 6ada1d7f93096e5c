// Where indicators go and what they look like there, as it is declared.
namespace Cti.Core.Declare

open System
open Cti.Core
open Cti.Core.Predicates

[<Struct; RequireQualifiedAccess>]
type ApplyMode =
    | Auto
    /// Waits for `cti apply`.
    | Manual

/// A program that looks at a sink's file, or is told that there is a new one.
type SinkProgram =
    {
        /// The program and its arguments: no shell looks at them. `{file}` is the file, `{value}` the value of a probe.
        Run: Template list
        Environment: (string * Template) list
        Timeout: TimeSpan
    }

/// Who looks at a new file before it takes the place of the old one.
[<RequireQualifiedAccess>]
type SinkCheck =
    /// The checker of the tool that reads the format.
    | BuiltIn of timeout: TimeSpan
    | Program of SinkProgram

/// Holds a current set: plan and apply.
type StateSink =
    {
        Name: Name
        Render: RenderSpec
        /// How `render` is declared (`Node.print`): another text wants the set rendered anew.
        RenderDeclared: string
        /// Where the set is kept: a file, a folder, or a collection in the store.
        To: Target
        Where: Predicate option
        MaxTlp: Tlp
        Apply: ApplyMode
        /// What a plan may do without approval.
        Limits: PlanLimits
        /// Most entries the tool has room for.
        Capacity: int option
        /// Whether entries are left out that others stand for.
        Fold: bool
        Check: SinkCheck option
        /// Tells the tool of a new file.
        Reload: SinkProgram option
        /// Whether `cti serve` gives the file to who asks for it.
        Served: bool
        /// Asks the tool whether it has a value: `{value}`.
        Probe: SinkProgram option
    }

/// Appends the change log, at least once, in order.
type StreamSink =
    {
        Name: Name
        Render: ChangeFormat
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

    /// What the output looks like; of a stream, one line of it.
    member this.RenderSpec =
        match this with
        | State sink -> sink.Render
        | Stream sink -> RenderSpec.Lines sink.Render

    member this.To =
        match this with
        | State sink -> sink.To
        | Stream sink -> sink.To

    member this.Where =
        match this with
        | State sink -> sink.Where
        | Stream sink -> sink.Where

    member this.MaxTlp =
        match this with
        | State sink -> sink.MaxTlp
        | Stream sink -> sink.MaxTlp
