const composite = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/**
 * The XMP packet of every result: a photo or drawing in which a trained model painted a part (IPTC Digital Source
 * Type, https://cv.iptc.org/newscodes/digitalsourcetype/).
 */
export const compositeXmp = [
  `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>`,
  `<x:xmpmeta xmlns:x="adobe:ns:meta/">`,
  `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`,
  `<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">`,
  `<Iptc4xmpExt:DigitalSourceType>${composite}</Iptc4xmpExt:DigitalSourceType>`,
  `</rdf:Description>`,
  `</rdf:RDF>`,
  `</x:xmpmeta>`,
  `<?xpacket end="w"?>`,
].join("\n");
