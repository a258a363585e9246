using System.Numerics;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary><c>decode_sentences</c>: adds what a sentence number stands for beside it.</summary>
/// <param name="path">Where the numbers are.</param>
/// <param name="sources">Where the sentences are.</param>
/// <param name="outputs">Fields to add: what and under which name, in the definition's order.</param>
internal sealed class DecodeSentencesRule(JsonPath path, SentenceSources sources, IReadOnlyList<(SentenceFact Fact, string Name)> outputs)
    : ResultRule("decode_sentences", path)
{
    public override object? Apply(object? root, ModelAnswer answer, Budget budget)
    {
        IReadOnlyList<MarkedSentence> sentences =
            sources.Read(answer.Request ?? throw Wrong([], "the sentences are in the rewritten request, which was not given"));
        foreach (object[] place in Path.Find(root))
        {
            if (place.Length == 0 || JsonPath.Get(root, place.AsSpan(0, place.Length - 1)) is not DictValue parent)
            {
                throw Wrong(place, "a sentence number should be the field of a record");
            }

            MarkedSentence sentence = Find(sentences, JsonPath.Get(root, place), place);
            DictValue extended = parent.Copy(budget);
            foreach ((SentenceFact fact, string name) in outputs)
            {
                extended.Set(name, sentence.Get(fact));
            }

            root = JsonPath.Set(root, place.AsSpan(0, place.Length - 1), extended);
        }

        return root;
    }

    private MarkedSentence Find(IReadOnlyList<MarkedSentence> sentences, object? value, object[] place)
    {
        BigInteger number = PythonInteger.Of(value) ?? throw Wrong(place, $"expected a sentence number, got {PythonType.NameOf(value)}");
        BigInteger index = number < 0 ? number + sentences.Count : number;
        return index >= 0 && index < sentences.Count
            ? sentences[(int)index]
            : throw Wrong(place, $"there is no sentence {number}; the request has {sentences.Count}");
    }
}
