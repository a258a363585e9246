using System.Text.Json;
using ALoRA.Onnx.Tokenization.Loading;
using ALoRA.Onnx.Tokenization.PreTokenization;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Text.Tests.Tokenization;

[TestClass]
public sealed class GoldenComponentTests
{
    [TestMethod]
    public void Normalizers_OfComponentList_AllEqual()
    {
        GoldenCases cases = new("normalizers");
        foreach (JsonElement item in GoldenCases.Read("components", "normalizers.json"))
        {
            string text = item.GetProperty("text").GetString()!;
            JsonSection section = new(item.GetProperty("normalizer"), "normalizers.json", "normalizer");
            string actual = NormalizerReader.Read(section).Normalize(new AlignedText(text, 0)).Text;
            cases.Check(
                item.GetProperty("normalizer").GetRawText(), text, GoldenCases.Quote(item.GetProperty("output").GetString()),
                GoldenCases.Quote(actual));
        }

        cases.AssertAll();
    }

    [TestMethod]
    public void PreTokenizers_OfComponentList_AllEqual()
    {
        GoldenCases cases = new("pre-tokenizers");
        foreach (JsonElement item in GoldenCases.Read("components", "pre_tokenizers.json"))
        {
            string text = item.GetProperty("text").GetString()!;
            JsonSection section = new(item.GetProperty("pre_tokenizer"), "pre_tokenizers.json", "pre_tokenizer");
            PreTokenizedText pieces = new(new AlignedText(text, 0));
            PreTokenizerReader.Read(section).Apply(pieces);
            CodePointOffsets offsets = new(text);
            string expected = string.Join(' ', item.GetProperty("pieces").EnumerateArray()
                .Select(piece => $"{GoldenCases.Quote(piece[0].GetString())}{piece[1]}-{piece[2]}"));
            string actual = string.Join(' ', pieces.Pieces.Select(piece =>
                $"{GoldenCases.Quote(pieces.Characters(piece).ToString())}"
                + $"{offsets.Of(pieces.Text.OriginalStart(piece.Start))}-{offsets.Of(pieces.Text.OriginalEnd(piece.End - 1))}"));
            cases.Check(item.GetProperty("pre_tokenizer").GetRawText(), text, expected, actual);
        }

        cases.AssertAll();
    }

    [TestMethod]
    public void Decoders_OfComponentList_AllEqual()
    {
        GoldenCases cases = new("decoders");
        foreach (JsonElement item in GoldenCases.Read("components", "decoders.json"))
        {
            List<string> tokens = [.. item.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!)];
            JsonSection section = new(item.GetProperty("decoder"), "decoders.json", "decoder");
            string actual = string.Concat(DecoderReader.Read(section).Decode(tokens));
            cases.Check(
                item.GetProperty("decoder").GetRawText(), string.Join('|', tokens),
                GoldenCases.Quote(item.GetProperty("output").GetString()), GoldenCases.Quote(actual));
        }

        cases.AssertAll();
    }
}
