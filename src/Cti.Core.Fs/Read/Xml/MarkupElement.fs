// An element of an XML document that was read, and where it stands in the document's bytes. Knows no format.
namespace Cti.Core

open System
open System.Collections.Generic

/// An attribute; `Name` without its prefix.
[<Struct>]
type internal MarkupAttribute =
    {
        Name: string
        Namespace: string
        Value: string
    }

/// An element of a document that was read. `Name` and `Namespace` as XML Namespaces has them: prefixes are a matter of taste.
[<Sealed; AllowNullLiteral(false)>]
type internal MarkupElement(name: string, space: string, attributes: MarkupAttribute[], line: int64, offset: int) =
    static let none = List<MarkupElement>(0)
    let mutable children = none
    let mutable text = ""

    member _.Name = name
    member _.Namespace = space
    member _.Attributes = attributes
    /// Line of its start tag, from 1.
    member _.Line = line
    /// Its first byte in the document, from 0.
    member _.Offset = offset
    /// The byte behind its end tag.
    member val End = offset with get, set
    member _.Children = children
    /// Its own text and CDATA, without that of its children; blanks at both ends are kept.
    member _.Text = text

    member _.AddChild(child: MarkupElement) =
        if Object.ReferenceEquals(children, none) then
            children <- List<MarkupElement>()

        children.Add child

    member _.SetText(value: string) = text <- value

    /// The value of the attribute of that name in no namespace; "" where there is none.
    member _.Attribute(wanted: string) : string =
        let at =
            attributes
            |> Array.tryFindIndex (fun one -> one.Name = wanted && one.Namespace = "")

        match at with
        | Some index -> attributes[index].Value
        | None -> ""

    /// The first child of that name, whatever its namespace.
    member _.Child(wanted: string) : MarkupElement voption =
        match children |> Seq.tryFind (fun child -> child.Name = wanted) with
        | Some child -> ValueSome child
        | None -> ValueNone

    /// All children of that name, whatever their namespace.
    member _.ChildrenOf(wanted: string) : MarkupElement seq =
        children |> Seq.filter (fun child -> child.Name = wanted)

    /// The trimmed text of the first child of that name; "" where there is none.
    member this.ChildText(wanted: string) : string =
        match this.Child wanted with
        | ValueSome child -> child.Text.Trim()
        | ValueNone -> ""

    /// The element a path of names leads to, the first child of each name.
    member this.Descendant(path: string list) : MarkupElement voption =
        match path with
        | [] -> ValueSome this
        | step :: rest ->
            match this.Child step with
            | ValueSome child -> child.Descendant rest
            | ValueNone -> ValueNone
