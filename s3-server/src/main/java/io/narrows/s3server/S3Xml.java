package io.narrows.s3server;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import javax.xml.stream.XMLStreamWriter;

/** XML bodies of the S3 protocol, written and read with the JDK's StAX; no entities, no external references. */
final class S3Xml {
    private static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
    private static final XMLOutputFactory WRITERS = XMLOutputFactory.newDefaultFactory();
    private static final XMLInputFactory READERS = readers();

    private S3Xml() {}

    static byte[] error(S3Failure failure, String resource) {
        return document(out -> {
            out.writeStartElement("Error");
            element(out, "Code", failure.error().code());
            element(out, "Message", String.valueOf(failure.getMessage()));
            element(out, "Resource", resource);
            for (Map.Entry<String, String> detail : failure.details().entrySet()) {
                element(out, detail.getKey(), detail.getValue());
            }
            out.writeEndElement();
        });
    }

    static byte[] buckets(Collection<String> names) {
        return document(out -> {
            start(out, "ListAllMyBucketsResult");
            out.writeStartElement("Buckets");
            for (String name : names) {
                out.writeStartElement("Bucket");
                element(out, "Name", name);
                element(out, "CreationDate", Instant.EPOCH.toString());
                out.writeEndElement();
            }
            out.writeEndElement();
            out.writeEndElement();
        });
    }

    static byte[] listing(ObjectPage page) {
        return document(out -> {
            start(out, "ListBucketResult");
            element(out, "Name", page.query().bucket());
            element(out, "Prefix", page.encode(page.query().prefix()));
            if (!page.query().delimiter().isEmpty()) {
                element(out, "Delimiter", page.encode(page.query().delimiter()));
            }
            element(out, "MaxKeys", Integer.toString(page.query().maxKeys()));
            element(
                    out,
                    "KeyCount",
                    Integer.toString(
                            page.objects().size() + page.commonPrefixes().size()));
            if (page.query().encoded()) {
                element(out, "EncodingType", "url");
            }
            element(out, "IsTruncated", Boolean.toString(page.next() != null));
            if (page.next() != null) {
                element(out, "NextContinuationToken", page.next());
            }
            for (Map.Entry<String, StoredObject> object : page.objects()) {
                out.writeStartElement("Contents");
                element(out, "Key", page.encode(object.getKey()));
                element(
                        out,
                        "LastModified",
                        Instant.ofEpochMilli(object.getValue().modifiedMs()).toString());
                element(out, "ETag", object.getValue().etag());
                element(out, "Size", Long.toString(object.getValue().size()));
                element(out, "StorageClass", "STANDARD");
                out.writeEndElement();
            }
            for (String prefix : page.commonPrefixes()) {
                out.writeStartElement("CommonPrefixes");
                element(out, "Prefix", page.encode(prefix));
                out.writeEndElement();
            }
            out.writeEndElement();
        });
    }

    static byte[] deleted(List<String> keys) {
        return document(out -> {
            start(out, "DeleteResult");
            for (String key : keys) {
                out.writeStartElement("Deleted");
                element(out, "Key", key);
                out.writeEndElement();
            }
            out.writeEndElement();
        });
    }

    /** The keys of a DeleteObjects request, at most {@code limit}; throws {@link S3Failure} for anything else. */
    static List<String> keysToDelete(byte[] body, int limit) {
        List<String> keys = new ArrayList<>();
        try {
            XMLStreamReader reader = READERS.createXMLStreamReader(new ByteArrayInputStream(body));
            while (reader.hasNext()) {
                if (reader.next() == XMLStreamConstants.START_ELEMENT
                        && reader.getLocalName().equals("Key")) {
                    keys.add(reader.getElementText());
                    if (keys.size() > limit) {
                        throw new S3Failure(S3Error.MALFORMED_XML, "the request has more than " + limit + " keys");
                    }
                }
            }
            reader.close();
        } catch (XMLStreamException e) {
            throw new S3Failure(S3Error.MALFORMED_XML, "the body is not a DeleteObjects request");
        }
        return keys;
    }

    private static XMLInputFactory readers() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        return factory;
    }

    private static byte[] document(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            XMLStreamWriter out = WRITERS.createXMLStreamWriter(bytes, "UTF-8");
            out.writeStartDocument("UTF-8", "1.0");
            content.write(out);
            out.writeEndDocument();
            out.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("writing XML to memory failed", e);
        }
        return bytes.toByteArray();
    }

    private static void start(XMLStreamWriter out, String name) throws XMLStreamException {
        out.writeStartElement(name);
        out.writeDefaultNamespace(NAMESPACE);
    }

    private static void element(XMLStreamWriter out, String name, String text) throws XMLStreamException {
        out.writeStartElement(name);
        out.writeCharacters(text);
        out.writeEndElement();
    }

    @FunctionalInterface
    private interface Content {
        void write(XMLStreamWriter out) throws XMLStreamException;
    }
}
