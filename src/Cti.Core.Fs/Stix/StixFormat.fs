// STIX 2.0 and 2.1 as a format among the others.
namespace Cti.Core

/// Bundles, arrays, TAXII envelopes, bare objects and one of them a line.
[<Sealed; AllowNullLiteral(false)>]
type StixFormat() =
    inherit RichFormat("stix")

    static let places: JsonPath list = [ [ JsonStep.Key "objects" ] ]

    // An object is held as a whole.
    static let limits =
        { ReadLimits.standard with
            MaxRecordBytes = 67_108_864
        }

    static let reader (start: ReaderStart) : Reader =
        JsonElements(places, StixCutter(), limits, start)

    override _.Reader(_) = reader ReaderStart.beginning
    override _.RecordReader(start) = ValueSome(reader start)
