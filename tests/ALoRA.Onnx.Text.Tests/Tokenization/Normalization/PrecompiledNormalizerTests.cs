using System.Text;
using ALoRA.Onnx.Tokenization.Normalization;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Normalization;

[TestClass]
public sealed class PrecompiledNormalizerTests
{
    [TestMethod]
    public void Normalize_MappedCharacters_AreReplacedInPlace()
    {
        PrecompiledNormalizer normalizer = PrecompiledNormalizer.Read(BuildMap(("ﬁ", "fi"), ("Ａ", "A"), ("e\u0301", "é"), ("\u200B", "")));

        AlignedText normalized = normalizer.Normalize(new AlignedText("xﬁＡe\u0301\u200By", 0));

        Assert.AreEqual("xfiAéy", normalized.Text);
        Assert.AreEqual(
            "0-1 1-2 1-2 2-3 3-4 6-7",
            string.Join(' ', normalized.Text.Select((_, i) => $"{normalized.OriginalStart(i)}-{normalized.OriginalEnd(i)}")));
    }

    [TestMethod]
    public void Normalize_NothingMapped_GivesTheTextItself()
    {
        AlignedText text = new("plain", 0);

        Assert.AreSame(text, PrecompiledNormalizer.Read(BuildMap(("ﬁ", "fi"))).Normalize(text));
    }

    [TestMethod]
    [DataRow(new byte[] { })]
    [DataRow(new byte[] { 4, 0, 0 })]
    [DataRow(new byte[] { 0, 0, 0, 0 })]
    [DataRow(new byte[] { 8, 0, 0, 0, 1, 2, 3, 4 })]
    [DataRow(new byte[] { 3, 0, 0, 0, 1, 2, 3, 4 })]
    public void Read_MalformedMap_IsRefused(byte[] map) => Assert.ThrowsExactly<FormatException>(() => PrecompiledNormalizer.Read(map));

    // A double array that gives every node its own block of 256 units: no packing, so the layout is easy to see.
    // A unit holds: value (leaf), or offset 10 | has-leaf 8 | label. A child stands at node ^ offset ^ label, the leaf at node ^ offset.
    private static byte[] BuildMap(params (string From, string To)[] rules)
    {
        List<Dictionary<byte, int>> nodes = [[]];
        Dictionary<int, int> values = [];
        List<byte> replacements = [];
        foreach ((string from, string to) in rules)
        {
            int node = 0;
            foreach (byte value in Encoding.UTF8.GetBytes(from))
            {
                if (!nodes[node].TryGetValue(value, out int child))
                {
                    child = nodes.Count;
                    nodes[node].Add(value, child);
                    nodes.Add([]);
                }

                node = child;
            }

            values[node] = replacements.Count;
            replacements.AddRange([.. Encoding.UTF8.GetBytes(to), 0]);
        }

        uint[] units = new uint[(nodes.Count + 1) * 256];
        Place(nodes, values, units, node: 0, position: 0, label: 0);
        byte[] trie = [.. units.SelectMany(BitConverter.GetBytes)];
        return [.. BitConverter.GetBytes((uint)trie.Length), .. trie, .. replacements];
    }

    private static void Place(
        List<Dictionary<byte, int>> nodes, Dictionary<int, int> values, uint[] units, int node, int position, byte label)
    {
        int block = (node + 1) * 256;
        int offset = position ^ block;
        units[position] = ((uint)offset << 10) | (values.ContainsKey(node) ? 0x100u : 0) | label;
        if (values.TryGetValue(node, out int value))
        {
            units[block] = 0x8000_0000u | (uint)value;
        }

        foreach ((byte next, int child) in nodes[node])
        {
            Place(nodes, values, units, child, block ^ next, next);
        }
    }
}
