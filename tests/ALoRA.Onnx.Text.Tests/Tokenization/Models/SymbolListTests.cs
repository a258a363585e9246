using ALoRA.Onnx.Tokenization.Models;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Models;

[TestClass]
public sealed class SymbolListTests
{
    [TestMethod]
    public void MergeAll_AnyMergesAndSymbols_EqualsNaiveMerging()
    {
        Gen<(int, int)[]> genPairs = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9]).Array[0, 30];
        Gen<int[]> genSymbols = Gen.Int[0, 4].Array[1, 300];
        Gen.Select(genPairs, genSymbols).Sample((pairs, symbols) =>
        {
            // Ids 0 to 4 are characters; what a merge makes is numbered behind them, so that merges build on merges.
            MergeTable table = new(1);
            List<(int Left, int Right, int Result)> merges = [];
            foreach ((int left, int right) in pairs.Distinct())
            {
                merges.Add((left, right, 5 + merges.Count));
                table.Add(left, right, 5 + merges.Count - 1);
            }

            SymbolList list = new();
            foreach (int symbol in symbols)
            {
                list.Add(symbol, 1);
            }

            list.MergeAll(table);
            List<(int Id, int Length)> expected = MergeNaively(symbols, merges);
            string actual = string.Join(' ', Enumerable.Range(0, list.Count).Select(i => (list.IdAt(i), list.LengthAt(i))));
            return actual == string.Join(' ', expected);
        });
    }

    // The definition: merge the leftmost pair of the lowest rank, again and again.
    private static List<(int Id, int Length)> MergeNaively(int[] symbols, List<(int Left, int Right, int Result)> merges)
    {
        List<(int Id, int Length)> list = [.. symbols.Select(symbol => (symbol, 1))];
        while (true)
        {
            (int Rank, int Index) best = (int.MaxValue, -1);
            for (int i = 0; i + 1 < list.Count; i++)
            {
                int rank = merges.FindIndex(merge => merge.Left == list[i].Id && merge.Right == list[i + 1].Id);
                best = rank >= 0 && rank < best.Rank ? (rank, i) : best;
            }

            if (best.Index < 0)
            {
                return list;
            }

            list[best.Index] = (merges[best.Rank].Result, list[best.Index].Length + list[best.Index + 1].Length);
            list.RemoveAt(best.Index + 1);
        }
    }
}
