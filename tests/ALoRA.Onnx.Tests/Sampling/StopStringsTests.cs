using ALoRA.Onnx.Sampling;
using CsCheck;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class StopStringsTests
{
    [TestMethod]
    public void Push_StopStringAcrossPieces_CutsBeforeIt()
    {
        StopStrings stops = new(["\nUser:"]);
        Assert.AreEqual("Hello", stops.Push("Hello"));
        Assert.AreEqual("", stops.Push("\nUs"));
        Assert.AreEqual("", stops.Push("er: more"));
        Assert.IsTrue(stops.IsFound);
        Assert.AreEqual("", stops.Push("never seen"));
    }

    [TestMethod]
    public void Flush_HeldStartOfStopString_IsGivenOut()
    {
        StopStrings stops = new(["END"]);
        Assert.AreEqual("a", stops.Push("aEN"));
        Assert.AreEqual("EN", stops.Flush());
        Assert.IsFalse(stops.IsFound);
    }

    [TestMethod]
    public void Push_AnyPieces_EqualsSearchingTheWholeText()
    {
        Gen<string> text = Gen.Char["ab"].Array[0, 12].Select(characters => new string(characters));
        Gen<string> stop = Gen.Char["ab"].Array[1, 4].Select(characters => new string(characters));
        Gen.Select(text.Array[0, 6], stop.Array[0, 3]).Sample((pieces, stops) =>
        {
            string whole = string.Concat(pieces);
            StopStrings searched = new(stops);
            string got = string.Concat(pieces.Select(searched.Push)) + searched.Flush();

            // Streaming stops at the first piece that completes any of them, and cuts at the earliest within what was seen by then.
            string seen = "";
            foreach (string piece in pieces)
            {
                seen += piece;
                if (stops.Any(candidate => seen.Contains(candidate, StringComparison.Ordinal)))
                {
                    break;
                }
            }

            int cut = stops.Select(candidate => seen.IndexOf(candidate, StringComparison.Ordinal))
                .Where(index => index >= 0)
                .DefaultIfEmpty(-1)
                .Min();
            Assert.AreEqual(cut >= 0, searched.IsFound);
            Assert.AreEqual(cut >= 0 ? whole[..cut] : whole, got);
        });
    }
}
