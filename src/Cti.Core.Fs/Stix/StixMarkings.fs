// TLP markings of STIX objects: the well-known definitions by their ids (TLP 1: STIX 2.1 §7.2.1.4; TLP 2.0: the OASIS extension), others as a document
// defines them.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

[<RequireQualifiedAccess>]
module internal StixTlp =
    let private wellKnown =
        [
            "613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp.Clear
            "34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp.Green
            "f88d31f6-486f-44da-b317-01333bde0b82", Tlp.Amber
            "5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp.Red
            "94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp.Clear
            "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp.Green
            "55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp.Amber
            "939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp.AmberStrict
            "e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp.Red
        ]

    /// The ids of the well-known definitions.
    let definitions: (byte[] * Tlp) list =
        wellKnown
        |> List.map (fun (id, tlp) -> Encoding.ASCII.GetBytes $"marking-definition--%s{id}", tlp)

    /// A level by its name, in any case, with or without `TLP:` before it.
    let ofName (text: ReadOnlySpan<byte>) : Tlp voption =
        if text.Length > 20 then
            ValueNone
        else
            let name = (Encoding.UTF8.GetString text).Trim().ToLowerInvariant()

            let bare =
                if name.StartsWith("tlp:", StringComparison.Ordinal) then
                    name.Substring(4).Trim()
                else
                    name

            Tlp.tryParse (bare.Replace("amber-strict", "amber+strict", StringComparison.Ordinal))

    /// The stricter of two.
    let stricter (one: Tlp voption) (other: Tlp voption) : Tlp voption =
        match one, other with
        | ValueSome a, ValueSome b -> ValueSome(if Tlp.code a >= Tlp.code b then a else b)
        | ValueSome _, ValueNone -> one
        | ValueNone, _ -> other
