-- The rest of the observable types. Codes are those of F# ObservableType.code: never renumbered, only appended.

INSERT INTO store.observable_types VALUES
    (12, 'asn'), (13, 'ssdeep'), (14, 'tlsh'), (15, 'file_name'), (16, 'file_path'), (17, 'mutex'), (18, 'registry_key'), (19, 'user_agent'),
    (20, 'ja3'), (21, 'certificate_sha1'), (22, 'certificate_sha256'), (23, 'mac'), (24, 'cve'), (25, 'crypto_address'), (26, 'attack_id');
