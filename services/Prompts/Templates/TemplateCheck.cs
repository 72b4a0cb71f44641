using Fluid;
using Fluid.Ast;

namespace Slipway.Prompts.Templates;

/// <summary>
/// Walks a message's Liquid and finds what could fail, or differ from one rendering to the next, before anybody asks: names that are not declared, filters that do not
/// exist or read the clock, files of other templates.
/// </summary>
internal sealed class TemplateCheck : AstVisitor
{
    /// <summary>Liquid's filters that are functions of their arguments alone. Dates are left out: <c>'now' | date</c> reads the clock.</summary>
    private static readonly HashSet<string> PureFilters =
    [
        "append", "prepend", "capitalize", "downcase", "upcase", "lstrip", "rstrip", "strip", "strip_newlines", "strip_html", "remove", "remove_first", "replace", "replace_first",
        "slice", "split", "truncate", "truncatewords", "default", "escape", "json", "join", "first", "last", "size", "map", "where", "concat", "reverse", "sort", "uniq", "compact",
        "plus", "minus", "times", "divided_by", "modulo", "round", "ceil", "floor", "abs", "at_least", "at_most",
    ];

    private readonly HashSet<string> _known = ["forloop"];
    private readonly List<(string Mention, string Message)> _problems = [];
    private readonly string _declared;

    private TemplateCheck(IReadOnlyList<PromptInput> inputs)
    {
        _known.UnionWith(inputs.Where(input => input.Kind != InputKind.Thread).Select(input => input.Name));
        _declared = string.Join(", ", inputs.Select(input => input.Name));
    }

    /// <summary>Checks one message. Each problem names the word that shows where it is.</summary>
    public static IReadOnlyList<(string Mention, string Message)> Run(IFluidTemplate template, IReadOnlyList<PromptInput> inputs)
    {
        var check = new TemplateCheck(inputs);
        check.VisitTemplate(template);
        return [.. check._problems.Distinct()];
    }

    protected override Expression VisitMemberExpression(MemberExpression memberExpression)
    {
        if (memberExpression.Segments[0] is IdentifierSegment { Identifier: var name } && !_known.Contains(name))
            _problems.Add((name, $"'{name}' is not among the inputs ({_declared})."));
        return base.VisitMemberExpression(memberExpression);
    }

    protected override Expression VisitFilterExpression(FilterExpression filterExpression)
    {
        if (!PureFilters.Contains(filterExpression.Name))
            _problems.Add((filterExpression.Name, $"The filter '{filterExpression.Name}' is not available in prompts."));
        return base.VisitFilterExpression(filterExpression);
    }

    protected override Statement VisitForStatement(ForStatement forStatement)
    {
        _known.Add(forStatement.Identifier);
        return base.VisitForStatement(forStatement);
    }

    protected override Statement VisitAssignStatement(AssignStatement assignStatement)
    {
        _known.Add(assignStatement.Identifier);
        return base.VisitAssignStatement(assignStatement);
    }

    protected override Statement VisitCaptureStatement(CaptureStatement captureStatement)
    {
        _known.Add(captureStatement.Identifier);
        return base.VisitCaptureStatement(captureStatement);
    }

    protected override Statement VisitIncludeStatement(IncludeStatement includeStatement)
    {
        _problems.Add(("include", "A prompt cannot include other files."));
        return includeStatement;
    }

    protected override Statement VisitRenderStatement(RenderStatement renderStatement)
    {
        _problems.Add(("render", "A prompt cannot render other files."));
        return renderStatement;
    }
}
