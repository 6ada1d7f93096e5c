// What observable objects (STIX 2.1 §6, 2.0 part 4) say as observables. Of one object only what identifies it: a file's hashes, not its size.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// The types of observable objects; those of the last line are widespread additions.
type private ObservedType =
    | Artifact = 0
    | AutonomousSystem = 1
    | Directory = 2
    | DomainName = 3
    | EmailAddr = 4
    | EmailMessage = 5
    | File = 6
    | Ipv4Addr = 7
    | Ipv6Addr = 8
    | MacAddr = 9
    | Mutex = 10
    | NetworkTraffic = 11
    | Process = 12
    | Software = 13
    | Url = 14
    | UserAccount = 15
    | WindowsRegistryKey = 16
    | X509Certificate = 17
    | Hostname = 18
    | UserAgent = 19
    | CryptocurrencyWallet = 20
    | Unknown = 21

/// Adds what objects say to `values`. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal ObservedValues(values: SubjectValues) =
    // Byte literals inside functions are new arrays at every call; these are made once.
    static let types =
        "artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex network-traffic "
        + "process software url user-account windows-registry-key x509-certificate hostname user-agent cryptocurrency-wallet"
        |> fun names -> names.Split ' ' |> Array.map Encoding.ASCII.GetBytes

    static let bystanderRefs =
        "to_refs cc_refs bcc_refs src_ref parent_directory_ref belongs_to_refs creator_user_ref".Split ' '
        |> Array.map Encoding.ASCII.GetBytes

    static let typeName = "type"B
    static let valueName = "value"B
    static let hashesName = "hashes"B
    static let nameName = "name"B
    static let keyName = "key"B
    static let pathName = "path"B
    static let urlName = "url"B
    static let numberName = "number"B
    static let folderName = "parent_directory_ref"B
    static let destinationName = "dst_ref"B
    static let portName = "dst_port"B

    static let readNames =
        Array.append
            bystanderRefs
            [|
                valueName
                hashesName
                nameName
                keyName
                pathName
                urlName
                numberName
                destinationName
                portName
            |]

    static let typeOf (kind: ReadOnlySpan<byte>) : ObservedType =
        let mutable code = 0

        while code < types.Length && not (kind.SequenceEqual(ReadOnlySpan<byte> types[code])) do
            code <- code + 1

        enum<ObservedType> code

    let scratch = Utf8Writer 256

    let kindOf (tree: JsonTree) (node: int) : ObservedType =
        let kind = tree.Member(node, typeName)

        if kind >= 0 && tree.Kind kind = JsonKind.Text then
            typeOf (tree.Raw kind)
        else
            ObservedType.Unknown

    let add (tree: JsonTree) (kind: ObservableType) (node: int) =
        values.Add(kind, tree.Text(node, scratch))

    let addField (tree: JsonTree) (field: PatternField) (node: int) =
        let text = tree.Text(node, scratch)

        if text.Length > 0 then
            values.Add(PatternSubject.typeOf field text, text)

    let addHashes (tree: JsonTree) (node: int) (kindOf: string -> ObservableType voption) : bool =
        let before = values.Count

        if node >= 0 && tree.Kind node = JsonKind.Object then
            let mutable child = node + 1

            while child < tree.After node do
                match kindOf (Encoding.UTF8.GetString(tree.Name child)) with
                | ValueSome kind -> add tree kind child
                | ValueNone -> ()

                child <- tree.After child

        values.Count > before

    /// The object that a reference names, among `siblings` of 2.0; -1 where it stands elsewhere.
    let resolve (tree: JsonTree) (siblings: int) (reference: int) : int =
        if siblings < 0 || reference < 0 || tree.Kind reference <> JsonKind.Text then
            -1
        else
            tree.Member(siblings, (tree.Raw reference).ToArray())

    let text (tree: JsonTree) (node: int) : string =
        Encoding.UTF8.GetString(tree.Text(node, scratch))

    let addFile (tree: JsonTree) (node: int) (siblings: int) =
        if not (addHashes tree (tree.Member(node, hashesName)) PatternSubject.hashOf) then
            let name = tree.Member(node, nameName)
            let folder = resolve tree siblings (tree.Member(node, folderName))
            let path = tree.Member(folder, pathName)

            if name >= 0 && path >= 0 then
                let whole = PatternSubject.filePath (text tree path) (text tree name)
                values.Add(ObservableType.FilePath, ReadOnlySpan<byte>(Encoding.UTF8.GetBytes whole))
            else
                addField tree PatternField.File name

    let addTraffic (tree: JsonTree) (node: int) (siblings: int) =
        let destination = resolve tree siblings (tree.Member(node, destinationName))
        let address = tree.Member(destination, valueName)
        let port = tree.Member(node, portName)

        let isAddress =
            match kindOf tree destination with
            | ObservedType.Ipv4Addr
            | ObservedType.Ipv6Addr -> true
            | _ -> false

        if isAddress && address >= 0 && port >= 0 && tree.Kind port = JsonKind.Number then
            let endpoint =
                PatternSubject.endpoint (text tree address) (Encoding.ASCII.GetString(tree.Raw port))

            values.Add(ObservableType.IpPort, ReadOnlySpan<byte>(Encoding.UTF8.GetBytes endpoint))

    /// Whether it is the type of an observable object.
    static member IsType(kind: ReadOnlySpan<byte>) : bool = typeOf kind <> ObservedType.Unknown

    /// Whether the property of an observable object is one that is read.
    static member IsRead(name: ReadOnlySpan<byte>) : bool =
        let mutable index = 0

        while index < readNames.Length
              && not (name.SequenceEqual(ReadOnlySpan<byte> readNames[index])) do
            index <- index + 1

        index < readNames.Length

    /// Adds the values of the object at `node`. `siblings`: the objects of 2.0 it may refer to by name, -1 where there are none.
    member _.Add(tree: JsonTree, node: int, siblings: int) : unit =
        let value = tree.Member(node, valueName)

        match kindOf tree node with
        | ObservedType.Ipv4Addr -> addField tree PatternField.Ipv4 value
        | ObservedType.Ipv6Addr -> addField tree PatternField.Ipv6 value
        | ObservedType.DomainName
        | ObservedType.Hostname -> add tree ObservableType.Domain value
        | ObservedType.Url -> add tree ObservableType.Url value
        | ObservedType.EmailAddr -> add tree ObservableType.Email value
        | ObservedType.MacAddr -> add tree ObservableType.Mac value
        | ObservedType.UserAgent -> add tree ObservableType.UserAgent value
        | ObservedType.CryptocurrencyWallet -> add tree ObservableType.CryptoAddress value
        | ObservedType.Mutex -> add tree ObservableType.Mutex (tree.Member(node, nameName))
        | ObservedType.WindowsRegistryKey -> add tree ObservableType.RegistryKey (tree.Member(node, keyName))
        | ObservedType.File -> addFile tree node siblings
        | ObservedType.NetworkTraffic -> addTraffic tree node siblings
        | ObservedType.Artifact ->
            addHashes tree (tree.Member(node, hashesName)) PatternSubject.hashOf |> ignore
            add tree ObservableType.Url (tree.Member(node, urlName))
        | ObservedType.X509Certificate ->
            addHashes tree (tree.Member(node, hashesName)) PatternSubject.certificateHashOf
            |> ignore
        | ObservedType.AutonomousSystem ->
            let number = tree.Member(node, numberName)

            if number >= 0 && tree.Kind number = JsonKind.Number then
                values.Add(ObservableType.Asn, tree.Raw number)
        | _ -> ()

    /// Adds the references of the object at `node` to objects that are only its surroundings.
    member _.Bystanders(tree: JsonTree, node: int, found: List<int>) : unit =
        for name in bystanderRefs do
            let references = tree.Member(node, name)

            if references >= 0 && tree.Kind references = JsonKind.Text then
                found.Add references
            elif references >= 0 && tree.Kind references = JsonKind.Array then
                let mutable child = references + 1

                while child < tree.After references do
                    if tree.Kind child = JsonKind.Text then
                        found.Add child

                    child <- tree.After child
