// A relationship from an object of ours to another (STIX 2.1 §5.1) as JSON. Knows neither what relates them nor whether both are there.
namespace Cti.Core

open System

/// A relationship to be written.
[<Struct>]
type internal StixRelation =
    {
        /// Its `relationship_type`.
        Word: byte[]
        /// The type of our object, which begins its id.
        SourceType: byte[]
        Source: Uuid
        /// The other object's id: type, `--`, UUID.
        Target: byte[]
        Tlp: Tlp
        Created: Timestamp
        Modified: Timestamp
    }

[<RequireQualifiedAccess>]
module internal StixRelationship =
    let private piece (bytes: byte[]) (writer: Utf8Writer) = writer.Bytes(ReadOnlySpan<byte> bytes)

    // Two objects may be related in two ways; what came of an object is so in one way only, and was named before there were others.
    let private idOf (relation: StixRelation) : Uuid =
        let word =
            if Object.ReferenceEquals(relation.Word, StixWire.indicates) then
                relation.Word
            else
                Array.empty

        let name = Array.zeroCreate<byte>(16 + relation.Target.Length + word.Length)
        Uuid.toBytes relation.Source (Span<byte> name)
        Array.Copy(relation.Target, 0, name, 16, relation.Target.Length)
        Array.Copy(word, 0, name, 16 + relation.Target.Length, word.Length)
        Uuid5.ofName Namespace.relationship (ReadOnlySpan<byte> name)

    /// Writes it. Its id is a UUIDv5 over source, target and what relates them, so that the same relationship is the same object everywhere.
    let write (relation: StixRelation) (writer: Utf8Writer) : unit =
        piece StixWire.relationship writer
        Uuid.write (idOf relation) writer
        piece StixWire.created writer
        Timestamp.writeMillis relation.Created writer
        piece StixWire.modified writer
        Timestamp.writeMillis relation.Modified writer
        piece StixWire.relationshipType writer
        piece relation.Word writer
        piece StixWire.sourceRef writer
        piece relation.SourceType writer
        piece StixWire.idSeparator writer
        Uuid.write relation.Source writer
        piece StixWire.targetRef writer
        Json.writeEscaped (ReadOnlySpan<byte> relation.Target) writer
        piece StixWire.quote writer
        piece StixWire.markings[int (Tlp.code relation.Tlp)] writer
        piece StixWire.objectEnd writer
