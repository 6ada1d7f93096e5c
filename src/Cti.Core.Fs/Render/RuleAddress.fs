// Addresses, networks and services as sensors name them: the canonical text is what they read, as long as it is canonical.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module internal RuleAddress =
    // An address of version 4 within one of version 6 is never on the wire.
    let private mapped = "::ffff:"B

    let private isCanonical (observable: ObservableType) (value: ReadOnlySpan<byte>) : bool =
        let bytes = Array.zeroCreate<byte> 64
        let target = Span<byte> bytes

        let written: Written =
            match observable with
            | ObservableType.Ipv4 -> Ipv4.normalise value target
            | ObservableType.Ipv6 -> Ipv6.normalise value target
            | ObservableType.Cidr -> Cidr.normalise value target
            | _ -> IpPort.normalise value target

        written.Length > 0
        && value.SequenceEqual(ReadOnlySpan<byte>(bytes, 0, written.Length))
        && not (value.StartsWith(ReadOnlySpan<byte> mapped))

    // `0.0.0.0/0` is no indicator.
    let private isEverything (value: ReadOnlySpan<byte>) : bool =
        value.Length > 2
        && value[value.Length - 1] = '0'B
        && value[value.Length - 2] = '/'B

    /// Why an address, network or service cannot stand in a rule.
    let check (observable: ObservableType) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if not value.IsEmpty && isCanonical observable value && not (isEverything value) then
            ValueNone
        else
            ValueSome RenderReason.NotCanonical
