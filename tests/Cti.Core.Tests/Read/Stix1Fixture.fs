// Packages of STIX 1, piece by piece. Shared by the tests of STIX 1 as a source.
module Cti.Core.Tests.Read.Stix1Fixture

open System.Security
open Cti.Core
open Cti.Core.Tests.Read.RichFeeding

let private escape (text: string) = SecurityElement.Escape text |> string

/// A package around its parts.
let package (inside: string) =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    + "<stix:STIX_Package xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:stix=\"http://stix.mitre.org/stix-1\""
    + " xmlns:indicator=\"http://stix.mitre.org/Indicator-2\" xmlns:cybox=\"http://cybox.mitre.org/cybox-2\" xmlns:o=\"http://cybox.mitre.org/objects#Object-2\""
    + " xmlns:common=\"http://cybox.mitre.org/common-2\" xmlns:stixCommon=\"http://stix.mitre.org/common-1\" xmlns:ttp=\"http://stix.mitre.org/TTP-1\""
    + " xmlns:marking=\"http://data-marking.mitre.org/Marking-1\" xmlns:tlpMarking=\"http://data-marking.mitre.org/extensions/MarkingStructure#TLP-1\""
    + " id=\"example:package-1\" version=\"1.2\">\n"
    + inside
    + "\n</stix:STIX_Package>"

/// An object of CybOX; `fields` begin inside the tag of its properties.
let objectOf (kind: string) (fields: string) =
    $"<cybox:Object id=\"example:object\"><cybox:Properties xsi:type=\"o:%s{kind}ObjectType\" %s{fields}</cybox:Properties></cybox:Object>"

/// An observable that stands by itself.
let observable (id: string) (inside: string) =
    $"<cybox:Observable id=\"%s{id}\">%s{inside}</cybox:Observable>"

let indicator (id: string) (inside: string) =
    $"<stix:Indicator id=\"%s{id}\" timestamp=\"2014-05-08T09:00:00Z\" xsi:type=\"indicator:IndicatorType\">%s{inside}</stix:Indicator>"

/// The observable of an indicator.
let observed (inside: string) =
    $"<indicator:Observable id=\"example:observable-i\">%s{inside}</indicator:Observable>"

let indicators (all: string list) =
    let inside = String.concat "\n" all
    $"<stix:Indicators>%s{inside}</stix:Indicators>"

let observables (all: string list) =
    let inside = String.concat "\n" all
    $"<stix:Observables>%s{inside}</stix:Observables>"

/// What is read of a package.
let stix (inside: string) = read Stix1.format (package inside)

/// A field of an object.
let value (name: string) (attributes: string) (text: string) =
    $"<o:%s{name} %s{attributes}>%s{escape text}</o:%s{name}>"
