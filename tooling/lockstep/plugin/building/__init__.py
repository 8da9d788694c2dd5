"""Programs of the gate build: each makes one component's artifacts from copies of git's files, and says what came out.

What was made lies in the scratch folder's `artifacts/`, each file by its digest; the report says what it is. Each program
ends with 0, or with 2 and a sentence on standard error where nothing can be believed.
"""
