using System.Globalization;
using Fluid;
using Fluid.Values;
using Slipway.Prompts.Templates;

namespace Slipway.Prompts.Rendering;

/// <summary>Fills in a template's messages. Nothing in here reads a clock, a file or a random number: Fluid's defaults for those are replaced.</summary>
internal static class Liquid
{
    private static readonly TemplateOptions Options = CreateOptions();

    /// <summary>The texts of the template's messages, in order, trimmed.</summary>
    /// <exception cref="PromptException">A required variable is missing, or one is not declared.</exception>
    public static List<(string Role, string Content)> Fill(PromptTemplate template, RenderInputs inputs, IReadOnlyList<PassageView> passages)
    {
        var context = new TemplateContext(Options);
        foreach (var input in template.Inputs)
        {
            FluidValue value = input.Kind switch
            {
                InputKind.String => new StringValue(InputEncoding.Text(Text(input, inputs))),
                InputKind.Array => FluidValue.Create(passages, Options),
                _ => NilValue.Instance,
            };
            context.SetValue(input.Name, value);
        }

        var messages = new List<(string, string)>();
        foreach (var part in template.Parts)
        {
            messages.Add(part is MessagePart message ? (message.Role, message.Body.Render(context, NullEncoder.Default).Trim()) : ("", ""));
        }

        return messages;
    }

    /// <exception cref="PromptException">A variable is not declared.</exception>
    public static void CheckVariables(PromptTemplate template, RenderInputs inputs)
    {
        foreach (var name in inputs.Variables.Keys.Order(StringComparer.Ordinal))
        {
            if (name == "question" || !template.Inputs.Any(input => input.Kind == InputKind.String && input.Name == name))
                throw new PromptException("unknown_variable", "variables", $"The prompt '{template.Name}' {template.Version} has no variable '{name}'.");
        }
    }

    private static string Text(PromptInput input, RenderInputs inputs)
    {
        var value = input.Name == "question" ? inputs.Question : inputs.Variables.GetValueOrDefault(input.Name);
        if (!string.IsNullOrEmpty(value)) return value;
        if (input.Default is not null) return input.Default;
        if (!input.Required) return "";
        throw new PromptException("missing_value", input.Name == "question" ? "question" : "variables", $"The prompt needs '{input.Name}'.");
    }

    private static TemplateOptions CreateOptions()
    {
        var options = new TemplateOptions
        {
            Now = () => DateTimeOffset.UnixEpoch,
            TimeZone = TimeZoneInfo.Utc,
            CultureInfo = CultureInfo.InvariantCulture,
            StrictVariables = true,
            StrictFilters = true,
            // A template is short and its only loop is over passages: this many steps are a mistake.
            MaxSteps = 100_000,
            MaxRecursion = 16,
        };
        options.MemberAccessStrategy.MemberNameStrategy = MemberNameStrategies.CamelCase;
        options.MemberAccessStrategy.Register<PassageView>();
        return options;
    }
}
