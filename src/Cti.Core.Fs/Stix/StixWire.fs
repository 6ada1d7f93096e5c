// STIX 2.1 as it stands in files: every property name, and the constant text around the values. Nothing here decides
// anything; the printer puts values between these pieces.
namespace Cti.Core

open System
open System.Text

/// Constant pieces of STIX JSON, in UTF-8.
[<RequireQualifiedAccess>]
module internal StixWire =
    let private utf8 (text: string) = Encoding.UTF8.GetBytes text

    // Objects that never change need one time of creation; theirs is a constant.
    let private birth = "2026-01-01T00:00:00.000Z"
    // Since when our extension stands on other objects than indicators too.
    let private extended = "2026-11-01T00:00:00.000Z"
    let private factsBirth = "2026-12-01T00:00:00.000Z"
    let private producerRef = "identity--" + Uuid.toText Stix.producer
    let private extensionRef = "extension-definition--" + Uuid.toText Stix.extension
    let private factsRef = "extension-definition--" + Uuid.toText Stix.factExtension
    // OASIS' extension for TLP 2.0 (cti-stix-common-objects).
    let private tlpExtension =
        "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

    let bundleStart = "{\"type\":\"bundle\",\"objects\":[\n"B
    let separator = ",\n"B
    let bundleId = "\n],\"id\":\"bundle--"B
    let bundleEnd = "\"}\n"B

    /// The producer (STIX 2.1 §4.5).
    let producer =
        utf8 (
            "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\""
            + producerRef
            + "\",\"created\":\""
            + birth
            + "\",\"modified\":\""
            + birth
            + "\",\"name\":\"Cti.Pipelines\",\"description\":\"Merges threat intelligence of many sources.\",\"identity_class\":\"system\"}"
        )

    /// Our extension definition (STIX 2.1 §7.3).
    let extension =
        utf8 (
            "{\"type\":\"extension-definition\",\"spec_version\":\"2.1\",\"id\":\""
            + extensionRef
            + "\",\"created_by_ref\":\""
            + producerRef
            + "\",\"created\":\""
            + birth
            + "\",\"modified\":\""
            + extended
            + "\",\"name\":\"Indicator provenance\",\"description\":\"Adds to an object the names of the sources that report it.\","
            + "\"schema\":\"https://cti-pipelines.example/schemas/indicator-provenance-1.0.0.json\",\"version\":\"1.0.0\","
            + "\"extension_types\":[\"property-extension\"]}"
        )

    /// The definition of our extension of facts (STIX 2.1 §7.3).
    let factExtension =
        utf8 (
            "{\"type\":\"extension-definition\",\"spec_version\":\"2.1\",\"id\":\""
            + factsRef
            + "\",\"created_by_ref\":\""
            + producerRef
            + "\",\"created\":\""
            + factsBirth
            + "\",\"modified\":\""
            + factsBirth
            + "\",\"name\":\"Facts of public tables\",\"description\":\"Adds to a vulnerability its CVSS score, its weaknesses, its place in CISA's catalogue of exploited vulnerabilities and its EPSS score, to an entry of ATT&CK whether it holds; and of when all that is.\","
            + "\"schema\":\"https://cti-pipelines.example/schemas/public-facts-1.0.0.json\",\"version\":\"1.0.0\","
            + "\"extension_types\":[\"property-extension\"]}"
        )

    /// The marking definition of a TLP label, as OASIS published it.
    let marking (tlp: Tlp) =
        let name = Tlp.name tlp

        utf8 (
            "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"marking-definition--"
            + Uuid.toText (Stix.marking tlp)
            + "\",\"created\":\"2022-10-01T00:00:00.000Z\",\"name\":\"TLP:"
            + name.ToUpperInvariant()
            + "\",\"extensions\":{\""
            + tlpExtension
            + "\":{\"extension_type\":\"property-extension\",\"tlp_2_0\":\""
            + name
            + "\"}}}"
        )

    let indicator =
        "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--"B

    let observedData =
        "{\"type\":\"observed-data\",\"spec_version\":\"2.1\",\"id\":\"observed-data--"B

    let relationship =
        "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":\"relationship--"B

    /// Between an object's id and its time of creation.
    let created = utf8 ("\",\"created_by_ref\":\"" + producerRef + "\",\"created\":\"")
    let modified = "\",\"modified\":\""B
    let name = "\",\"name\":\""B

    let private what (observable: ObservableType) =
        match observable with
        | ObservableType.Ipv4 -> "An IPv4 address"
        | ObservableType.Ipv6 -> "An IPv6 address"
        | ObservableType.Cidr -> "A range of IP addresses"
        | ObservableType.IpPort -> "A network service, by IP address and port"
        | ObservableType.Domain -> "A domain name"
        | ObservableType.Url -> "A URL"
        | ObservableType.Email -> "An e-mail address"
        | ObservableType.Md5 -> "A file, by MD5 hash"
        | ObservableType.Sha1 -> "A file, by SHA-1 hash"
        | ObservableType.Sha256 -> "A file, by SHA-256 hash"
        | ObservableType.Sha512 -> "A file, by SHA-512 hash"
        | ObservableType.Asn -> "An autonomous system"
        | ObservableType.Ssdeep -> "Files alike, by ssdeep fuzzy hash"
        | ObservableType.Tlsh -> "Files alike, by TLSH fuzzy hash"
        | ObservableType.FileName -> "A file, by name"
        | ObservableType.FilePath -> "A file, by path"
        | ObservableType.Mutex -> "A mutex"
        | ObservableType.RegistryKey -> "A Windows registry key"
        | ObservableType.UserAgent -> "An HTTP user agent"
        | ObservableType.Ja3 -> "A TLS client, by JA3 fingerprint"
        | ObservableType.CertificateSha1 -> "An X.509 certificate, by SHA-1 fingerprint"
        | ObservableType.CertificateSha256 -> "An X.509 certificate, by SHA-256 fingerprint"
        | ObservableType.Mac -> "A MAC address"
        | ObservableType.Cve -> "A vulnerability"
        | ObservableType.CryptoAddress -> "A cryptocurrency address"
        | ObservableType.AttackId -> "An entry of MITRE ATT&CK"
        | ObservableType.StixPattern -> "A STIX pattern"
        | ObservableType.YaraRule -> "A YARA rule"
        | ObservableType.SigmaRule -> "A Sigma rule"
        | ObservableType.SuricataRule -> "A Suricata rule"
        | ObservableType.SnortRule -> "A Snort rule"

    /// From behind an indicator's name to its description.
    let descriptionStart = "\",\"description\":\""B
    /// From behind its description to its types.
    let indicatorTypes = "\",\"indicator_types\":"B
    let references = ",\"external_references\":[{\"source_name\":\""B
    let referenceUrl = "\",\"url\":\""B
    let nextReference = "\"},{\"source_name\":\""B
    /// From the name of ATT&CK's catalogue to a number in it.
    let attackNumber = "mitre-attack\",\"external_id\":\""B
    let killChain = ",\"kill_chain_phases\":["B
    let phaseEnd = "\"}"B
    let phase = "{\"kill_chain_name\":\"mitre-attack\",\"phase_name\":\""B
    let referencesEnd = "\"}]"B

    /// Between an indicator's name and its types where no source describes it, by type code.
    let description =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome observable ->
                utf8 (
                    "\",\"description\":\""
                    + what observable
                    + " that threat intelligence reports.\",\"indicator_types\":"
                )
            | ValueNone -> Array.empty)

    let pattern = ",\"pattern\":\""B

    /// From behind an indicator's pattern to when it holds, by type code. Only STIX says which version its patterns are of.
    let validFrom =
        Array.init 256 (fun code ->
            let language =
                match ObservableType.tryOfCode (byte code) with
                | ValueSome observable -> StixPattern.language observable
                | ValueNone -> ""

            let version =
                if language = "stix" then
                    ",\"pattern_version\":\"2.1\""
                else
                    ""

            utf8 ("\",\"pattern_type\":\"" + language + "\"" + version + ",\"valid_from\":\""))

    let validUntil = "\",\"valid_until\":\""B
    let quote = "\""B
    let revoked = ",\"revoked\":true"B
    let labels = ",\"labels\":"B
    let confidence = ",\"confidence\":"B

    /// From before the markings to after them, by TLP code.
    let markings =
        Tlp.all
        |> Array.map (fun tlp ->
            utf8 (
                ",\"object_marking_refs\":[\"marking-definition--"
                + Uuid.toText (Stix.marking tlp)
                + "\"]"
            ))

    let sources =
        utf8 (
            ",\"extensions\":{\""
            + extensionRef
            + "\":{\"extension_type\":\"property-extension\",\"sources\":"
        )

    let sourcesEnd = "}"B

    /// Our extension of facts, behind that of sources, or alone.
    let facts =
        utf8 ("\"" + factsRef + "\":{\"extension_type\":\"property-extension\",")

    let extensions = ",\"extensions\":{"B
    let comma = ","B
    let factsEnd = "}"B
    let extensionsEnd = "}}"B
    let objectEnd = "}"B

    // Observed data (STIX 2.1 §4.14) and relationships (§5.1).
    let firstObserved = "\",\"first_observed\":\""B
    let lastObserved = "\",\"last_observed\":\""B
    let numberObserved = "\",\"number_observed\":1,\"object_refs\":[\""B
    let nextRef = "\",\""B
    let refsEnd = "\"]"B
    let basedOn = "\",\"relationship_type\":\"based-on\",\"source_ref\":\"indicator--"B
    let target = "\",\"target_ref\":\"observed-data--"B
    let relationshipType = "\",\"relationship_type\":\""B
    let derivedFrom = "derived-from"B
    let relatedTo = "related-to"B
    let indicates = "indicates"B
    let sourceRef = "\",\"source_ref\":\""B
    let targetRef = "\",\"target_ref\":\""B
    let indicatorType = "indicator"B

    // A byte literal inside a function is a new array at every call; these are made once.
    let private ipv4Addr = "ipv4-addr"B
    let private ipv6Addr = "ipv6-addr"B
    let private networkTraffic = "network-traffic"B
    let private domainName = "domain-name"B
    let private url = "url"B
    let private emailAddr = "email-addr"B
    let private file = "file"B
    let private directory = "directory"B
    let private autonomousSystem = "autonomous-system"B
    let private mutex = "mutex"B
    let private registryKey = "windows-registry-key"B
    let private certificate = "x509-certificate"B
    let private macAddr = "mac-addr"B
    let private vulnerability = "vulnerability"B
    let private attackPattern = "attack-pattern"B
    let private intrusionSet = "intrusion-set"B
    let private courseOfAction = "course-of-action"B
    let private campaign = "campaign"B

    /// The type of an object, which begins its id.
    let kind (kind: StixKind) =
        match kind with
        | StixKind.Ipv4Addr -> ipv4Addr
        | StixKind.Ipv6Addr -> ipv6Addr
        | StixKind.NetworkTraffic
        | StixKind.HttpRequest -> networkTraffic
        | StixKind.Pattern -> Array.empty
        | StixKind.DomainName -> domainName
        | StixKind.Url -> url
        | StixKind.EmailAddr -> emailAddr
        | StixKind.File -> file
        | StixKind.Directory -> directory
        | StixKind.AutonomousSystem -> autonomousSystem
        | StixKind.Mutex -> mutex
        | StixKind.WindowsRegistryKey -> registryKey
        | StixKind.X509Certificate -> certificate
        | StixKind.MacAddr -> macAddr
        | StixKind.Vulnerability -> vulnerability
        | StixKind.AttackPattern -> attackPattern
        | StixKind.IntrusionSet -> intrusionSet
        | StixKind.CourseOfAction -> courseOfAction
        | StixKind.Campaign -> campaign

    let objectType = "{\"type\":\""B
    let scoId = "\",\"spec_version\":\"2.1\",\"id\":\""B
    let idSeparator = "--"B
    let port = "\"dst_port\":"B
    let addressV4 = ",\"dst_ref\":\"ipv4-addr--"B
    let addressV6 = ",\"dst_ref\":\"ipv6-addr--"B
    let protocolsV4 = "\",\"protocols\":[\"ipv4\",\"tcp\"]"B
    let protocolsV6 = "\",\"protocols\":[\"ipv6\",\"tcp\"]"B

    let parentDirectory = "\",\"parent_directory_ref\":\"directory--"B
    let fileName = "\"name\":\""B

    /// What stands before the value in the one property that makes up an object's id (hashes with their keys, STIX 2.1 §10.7), by type code.
    let ownStart =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome ObservableType.Md5 -> "\"hashes\":{\"MD5\":\""B
            | ValueSome ObservableType.Sha1
            | ValueSome ObservableType.CertificateSha1 -> "\"hashes\":{\"SHA-1\":\""B
            | ValueSome ObservableType.Sha256
            | ValueSome ObservableType.CertificateSha256 -> "\"hashes\":{\"SHA-256\":\""B
            | ValueSome ObservableType.Sha512 -> "\"hashes\":{\"SHA-512\":\""B
            | ValueSome ObservableType.Ssdeep -> "\"hashes\":{\"SSDEEP\":\""B
            | ValueSome ObservableType.Tlsh -> "\"hashes\":{\"TLSH\":\""B
            | ValueSome ObservableType.Asn -> "\"number\":"B
            | ValueSome ObservableType.FileName
            | ValueSome ObservableType.Mutex -> "\"name\":\""B
            | ValueSome ObservableType.FilePath -> "\"path\":\""B
            | ValueSome ObservableType.RegistryKey -> "\"key\":\""B
            | _ -> "\"value\":\""B)

    /// What stands behind it.
    let ownEnd =
        Array.init 256 (fun code ->
            match ObservableType.tryOfCode (byte code) with
            | ValueSome ObservableType.Asn -> Array.empty
            | ValueSome ObservableType.Md5
            | ValueSome ObservableType.Sha1
            | ValueSome ObservableType.CertificateSha1
            | ValueSome ObservableType.Sha256
            | ValueSome ObservableType.CertificateSha256
            | ValueSome ObservableType.Sha512
            | ValueSome ObservableType.Ssdeep
            | ValueSome ObservableType.Tlsh -> "\"}"B
            | _ -> "\""B)

    let private cveReference =
        "\",\"external_references\":[{\"source_name\":\"cve\",\"external_id\":\""B

    let private attackReference =
        "\",\"external_references\":[{\"source_name\":\"mitre-attack\",\"external_id\":\""B

    /// Between the name of a domain object and its number in the catalogue (STIX 2.1 §4.18 and §2.5).
    let catalogue (kind: StixKind) =
        match kind with
        | StixKind.Vulnerability -> cveReference
        | _ -> attackReference
