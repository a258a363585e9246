using ALoRA.Onnx.Tokenization.PostProcessing;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>
/// Reads the <c>post_processor</c> of a tokenizer.json. Only what concerns a single sequence is used; pairs are not encoded.
/// </summary>
internal static class PostProcessorReader
{
    public static PostProcessor Read(JsonSection section) => section.Type switch
    {
        "ByteLevel" => section["trim_offsets"].Flag(absent: true)
            ? new TrimmingPostProcessor(section["add_prefix_space"].Flag(absent: true))
            : new SequencePostProcessor([]),
        "TemplateProcessing" => ReadTemplate(section),
        "BertProcessing" => ReadSurrounding(section),
        "RobertaProcessing" => section["trim_offsets"].Flag()
            ? new SequencePostProcessor([new TrimmingPostProcessor(section["add_prefix_space"].Flag()), ReadSurrounding(section)])
            : ReadSurrounding(section),
        "Sequence" => ReadSequence(section["processors"]),
        _ => throw section["type"].Error("a post-processor of the tokenizers library (TemplateProcessing, ByteLevel, ...)"),
    };

    private static SequencePostProcessor ReadSequence(JsonSection processors)
    {
        List<PostProcessor> stages = processors.Items().ConvertAll(Read);
        if (stages.Count(stage => stage is SurroundingPostProcessor) > 1)
        {
            throw processors.Error("at most one processor that adds tokens", "several");
        }

        return new SequencePostProcessor(stages);
    }

    private static SurroundingPostProcessor ReadSurrounding(JsonSection section) =>
        new([ReadPair(section["cls"])], [ReadPair(section["sep"])]);

    private static (int Id, string Text) ReadPair(JsonSection section)
    {
        List<JsonSection> items = section.Items();
        return items.Count == 2 ? (items[1].Count(), items[0].Text()) : throw section.Error("a token and its id");
    }

    private static SurroundingPostProcessor ReadTemplate(JsonSection section)
    {
        List<(int, string)> before = [];
        List<(int, string)> behind = [];
        bool sequenceSeen = false;
        foreach (JsonSection piece in section["single"].Items())
        {
            JsonSection special = piece["SpecialToken"];
            if (!special.IsNull)
            {
                (sequenceSeen ? behind : before).AddRange(ReadSpecial(section["special_tokens"], special["id"]));
            }
            else if (sequenceSeen || piece["Sequence"]["id"].Text() != "A")
            {
                throw piece.Error("the sequence A, once");
            }
            else
            {
                sequenceSeen = true;
            }
        }

        return sequenceSeen
            ? new SurroundingPostProcessor(before, behind)
            : throw section["single"].Error("a template with the sequence A");
    }

    private static List<(int Id, string Text)> ReadSpecial(JsonSection tokens, JsonSection id)
    {
        JsonSection entry = tokens[id.Text()];
        List<JsonSection> ids = entry["ids"].Items();
        List<JsonSection> texts = entry["tokens"].Items();
        return ids.Count == texts.Count
            ? ids.Zip(texts, (tokenId, text) => (tokenId.Count(), text.Text())).ToList()
            : throw entry.Error("as many ids as tokens", $"{ids.Count} and {texts.Count}");
    }
}
